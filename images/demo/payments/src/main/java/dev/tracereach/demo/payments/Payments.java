package dev.tracereach.demo.payments;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tracereach.demo.ledger.LedgerGrpc;
import dev.tracereach.demo.ledger.LedgerGrpc.LedgerBlockingStub;
import dev.tracereach.demo.ledger.Posting;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The shop's payments: POST /payments takes a posting as JSON, writes it into the ledger over gRPC and answers with the
 * receipt.
 */
public final class Payments {
    private static final long LEDGER_DEADLINE_SECONDS = 3;
    private static final JsonFormat.Printer JSON = JsonFormat.printer()
            .preservingProtoFieldNames()
            .includingDefaultValueFields()
            .omittingInsignificantWhitespace();

    private final LedgerBlockingStub ledger;

    private Payments(LedgerBlockingStub ledger) {
        this.ledger = ledger;
    }

    public static void main(String[] args) throws IOException {
        ManagedChannel channel = Grpc
                .newChannelBuilder(setting("LEDGER_ADDRESS", "ledger:9090"), InsecureChannelCredentials.create())
                .build();
        channel.getState(true); // Connects now, so that the first customer's deadline need not cover it.
        Payments payments = new Payments(LedgerGrpc.newBlockingStub(channel));

        int port = Integer.parseInt(setting("PORT", "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.createContext("/payments", payments::pay);
        server.createContext("/healthz", exchange -> answer(exchange, 200, "{\"status\":\"ok\"}"));
        server.setExecutor(Executors.newFixedThreadPool(8));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.stop(1);
            channel.shutdownNow();
        }));
        server.start();
        System.out.println("payments listening on " + port);
    }

    private void pay(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        Posting.Builder posting = Posting.newBuilder();
        try {
            JsonFormat.parser().merge(body, posting);
            LedgerBlockingStub call = ledger.withDeadlineAfter(LEDGER_DEADLINE_SECONDS, TimeUnit.SECONDS);
            answer(exchange, 200, JSON.print(call.post(posting.build())));
        } catch (InvalidProtocolBufferException error) {
            answer(exchange, 400, "{\"error\":\"the body is not a posting\"}");
        } catch (StatusRuntimeException error) {
            System.err.println("ledger did not take the posting: " + error.getStatus());
            answer(exchange, 502, "{\"error\":\"ledger answered " + error.getStatus().getCode() + "\"}");
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    private static String setting(String name, String byDefault) {
        return System.getenv().getOrDefault(name, byDefault);
    }
}
