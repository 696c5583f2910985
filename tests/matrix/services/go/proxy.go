package main

import (
	"crypto/rand"
	"encoding/hex"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// proxy forwards every request to target and treats its trace headers as mode says.
func proxy(mode, target string) http.Handler {
	place, err := url.Parse(target)
	if err != nil {
		log.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(place)
		if mode == "pass" {
			return
		}
		for _, name := range []string{"traceparent", "tracestate", "baggage"} {
			r.Out.Header.Del(name)
		}
		if mode == "rewrite" {
			r.Out.Header.Set("traceparent", "00-"+random(16)+"-"+random(8)+"-01")
		}
		if mode != "b3" {
			for name := range r.Out.Header {
				if strings.Contains(strings.ToLower(name), "b3") {
					r.Out.Header.Del(name)
				}
			}
		}
	}}
}

func random(bytes int) string {
	buffer := make([]byte, bytes)
	_, _ = rand.Read(buffer)
	return hex.EncodeToString(buffer)
}
