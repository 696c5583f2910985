// Command ledger is the last service of the shop: it answers over gRPC and shows the compiled-language case, where no
// agent can be loaded and the OpenTelemetry SDK is linked in. OTEL_* variables alone configure it.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"tracereach.dev/demo/ledger/ledgerpb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// run serves until the context ends, then lets calls in flight finish and flushes the spans.
func run(ctx context.Context) error {
	flush, err := startTracing(ctx)
	if err != nil {
		return err
	}
	defer flush()

	port := os.Getenv("PORT")
	if port == "" {
		port = "9090"
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}

	// Without the filter every readiness probe would begin a trace of its own.
	tracing := otelgrpc.NewServerHandler(otelgrpc.WithFilter(filters.Not(filters.HealthCheck())))
	server := grpc.NewServer(grpc.StatsHandler(tracing))
	ledgerpb.RegisterLedgerServer(server, books{})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	context.AfterFunc(ctx, server.GracefulStop)

	log.Printf("ledger listening on %s", listener.Addr())
	return server.Serve(listener)
}
