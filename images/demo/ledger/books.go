package main

import (
	"context"
	"crypto/rand"
	"time"

	"go.opentelemetry.io/otel/baggage"

	"tracereach.dev/demo/ledger/ledgerpb"
)

// books implements the Ledger service.
type books struct {
	ledgerpb.UnimplementedLedgerServer
}

// Post answers with what crossed three languages in the request's context: the caller's baggage and its deadline.
func (books) Post(ctx context.Context, _ *ledgerpb.Posting) (*ledgerpb.Receipt, error) {
	receipt := &ledgerpb.Receipt{
		EntryId: rand.Text(),
		UserId:  baggage.FromContext(ctx).Member("user_id").Value(),
	}
	if deadline, ok := ctx.Deadline(); ok {
		receipt.DeadlineMs = int32(time.Until(deadline).Milliseconds())
	}
	return receipt, nil
}
