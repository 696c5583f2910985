package main

import (
	"context"
	"log"
	"os"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
)

// flushTimeout bounds how long a shutdown waits for the last spans; it fits into the pod's grace period.
const flushTimeout = 3 * time.Second

// startTracing installs the SDK as OTEL_* variables say and returns what flushes it at the end.
func startTracing(ctx context.Context) (flush func(), err error) {
	if !exportConfigured() {
		if err := os.Setenv("OTEL_TRACES_EXPORTER", "none"); err != nil {
			return nil, err
		}
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, err
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(autoprop.NewTextMapPropagator())

	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Printf("some spans were not exported: %v", err)
		}
	}, nil
}

// exportConfigured tells whether anybody asked for spans: by itself the SDK would send to a collector on localhost.
func exportConfigured() bool {
	for _, name := range []string{
		"OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
	} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}
