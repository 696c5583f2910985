package main

import (
	"context"
	"os"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
)

// startTracing installs the SDK as OTEL_* variables say, and as the faults say that are asked for.
func startTracing(ctx context.Context) error {
	if os.Getenv("OTEL_TRACES_EXPORTER") == "" {
		if err := os.Setenv("OTEL_TRACES_EXPORTER", "none"); err != nil {
			return err
		}
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return err
	}
	options := []trace.TracerProviderOption{trace.WithBatcher(exporter)}
	if os.Getenv("SAMPLER") == "off" {
		options = append(options, trace.WithSampler(trace.NeverSample()))
	}
	otel.SetTracerProvider(trace.NewTracerProvider(options...))
	var propagator propagation.TextMapPropagator = autoprop.NewTextMapPropagator()
	if os.Getenv("PROPAGATOR") == "b3" {
		propagator = b3.New()
	}
	otel.SetTextMapPropagator(propagator)
	return nil
}
