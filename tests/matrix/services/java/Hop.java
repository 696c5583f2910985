import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A service of the matrix in Java: its own HTTP server and client, no tracing code. */
public final class Hop {
    private static final String[] TRACE_HEADERS = {"traceparent", "tracestate", "baggage", "b3", "x-b3-traceid"};
    private static final String[] CALLS = setting("CALLS").isBlank() ? new String[0] : setting("CALLS").split(" +");
    private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final BlockingQueue<CompletableFuture<String>> WORK = new LinkedBlockingQueue<>();

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", Hop::hop);
        server.createContext("/healthz", exchange -> answer(exchange, 200, "{\"status\":\"ok\"}"));
        server.setExecutor(Executors.newFixedThreadPool(8));
        Thread worker = new Thread(Hop::serveWork);
        worker.setDaemon(true);
        worker.start();
        server.start();
    }

    private static void hop(HttpExchange exchange) throws IOException {
        List<String> received = new ArrayList<>();
        for (String name : TRACE_HEADERS) {
            String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                received.add("\"" + name + "\":\"" + value.replace("\"", "") + "\"");
            }
        }
        try {
            String calls = setting("WORK").equals("worker") ? byWorker() : callAll();
            answer(exchange, 200, "{\"received\":{" + String.join(",", received) + "},\"calls\":" + calls + "}");
        } catch (Exception error) {
            answer(exchange, 502, "{\"error\":\"" + error.getClass().getSimpleName() + "\"}");
        }
    }

    private static String callAll() throws Exception {
        List<String> answers = new ArrayList<>();
        for (String url : CALLS) {
            answers.add(setting("CLIENT").equals("raw") ? bySocket(URI.create(url)) : byLibrary(URI.create(url)));
        }
        return "[" + String.join(",", answers) + "]";
    }

    private static String byLibrary(URI url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(5)).build();
        return CLIENT.send(request, BodyHandlers.ofString()).body();
    }

    private static String bySocket(URI url) throws IOException {
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            String request = "GET / HTTP/1.0\r\nHost: " + url.getAuthority() + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8).split("\r\n\r\n", 2)[1];
        }
    }

    /** A thread that has always been there takes the work up, and nobody hands it the request's context. */
    private static String byWorker() throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        WORK.put(answer);
        return answer.get();
    }

    private static void serveWork() {
        while (true) {
            try {
                CompletableFuture<String> answer = WORK.take();
                try {
                    answer.complete(callAll());
                } catch (Exception error) {
                    answer.completeExceptionally(error);
                }
            } catch (InterruptedException error) {
                return;
            }
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

    private static String setting(String name) {
        return System.getenv().getOrDefault(name, "");
    }
}
