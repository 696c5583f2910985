// Command hop is a service of the matrix in Go, over HTTP and gRPC, with the OpenTelemetry SDK linked in; or, as PROXY
// says, a proxy without any telemetry. OTEL_* variables configure the SDK, except for the faults that it is asked for.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/structpb"
)

const method = "/hop.Hop/Call"

var (
	calls        = strings.Fields(os.Getenv("CALLS"))
	traceHeaders = []string{"traceparent", "tracestate", "baggage", "b3", "x-b3-traceid"}
	client       = http.Client{Timeout: 5 * time.Second, Transport: otelhttp.NewTransport(http.DefaultTransport)}
)

func main() {
	if mode := os.Getenv("PROXY"); mode != "" {
		log.Fatal(http.ListenAndServe(":8080", health(proxy(mode, calls[0]))))
	}
	if err := startTracing(context.Background()); err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(serveGRPC()) }()
	log.Fatal(http.ListenAndServe(":8080", health(otelhttp.NewHandler(http.HandlerFunc(serveHTTP), "hop"))))
}

func health(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			_, _ = w.Write([]byte(`{"status":"ok"}`))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func serveHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := hop(r.Context(), r.Header.Get)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func hop(ctx context.Context, header func(string) string) (map[string]any, error) {
	received := map[string]any{}
	for _, name := range traceHeaders {
		if value := header(name); value != "" {
			received[name] = value
		}
	}
	answers := []any{}
	for _, target := range calls {
		answer, err := call(ctx, target)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return map[string]any{"received": received, "calls": answers}, nil
}

func call(ctx context.Context, target string) (any, error) {
	place, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	if place.Scheme == "grpc" {
		return callGRPC(ctx, place.Host)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var body any
	return body, json.NewDecoder(response.Body).Decode(&body)
}

func callGRPC(ctx context.Context, host string) (any, error) {
	connection, err := grpc.NewClient(host,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	answer := &structpb.Struct{}
	if err := connection.Invoke(ctx, method, &structpb.Struct{}, answer); err != nil {
		return nil, err
	}
	return answer.AsMap(), nil
}

// serveGRPC answers every method: what is called needs no definition here.
func serveGRPC() error {
	listener, err := net.Listen("tcp", ":9090")
	if err != nil {
		return err
	}
	answer := func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&structpb.Struct{}); err != nil {
			return err
		}
		fields, _ := metadata.FromIncomingContext(stream.Context())
		body, err := hop(stream.Context(), func(name string) string { return strings.Join(fields.Get(name), ",") })
		if err != nil {
			return err
		}
		message, err := structpb.NewStruct(body)
		if err != nil {
			return err
		}
		return stream.SendMsg(message)
	}
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler()), grpc.UnknownServiceHandler(answer))
	return server.Serve(listener)
}
