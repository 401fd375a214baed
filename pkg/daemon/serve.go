package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Serve makes a service of an HTTP handler on a listener, which it closes. It stops taking requests when asked to stop and waits for
// those under way.
func Serve(name string, listener net.Listener, handler http.Handler) Service {
	return Service{Name: name, Run: func(ctx context.Context, ready func()) error {
		open := newConns(connsMax)
		log, _ := ctx.Value(logKey{}).(*slog.Logger)
		if log == nil {
			log = slog.New(slog.DiscardHandler)
		}
		stopping := make(chan struct{})
		server := newServer(context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, stopping), open.serving(handler))
		server.ConnState, server.ConnContext = open.note, withConn
		server.ErrorLog = slog.NewLogLogger(log.With("part", name).Handler(), slog.LevelWarn)
		server.RegisterOnShutdown(open.stop)
		server.RegisterOnShutdown(func() { close(stopping) })
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(listener) }()
		ready()
		select {
		case err := <-failed:
			return fmt.Errorf("serve %s: %w", name, err)
		case <-ctx.Done():
		}
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeoutMax)
		defer cancel()
		err := server.Shutdown(stopCtx)
		if err != nil {
			err = errors.Join(fmt.Errorf("stop %s: %w", name, err), server.Close())
		}
		<-failed
		return err
	}}
}

type stoppingKey struct{}

// Stopping gives a channel that is closed when the server of a request has been asked to stop: a handler that answers for as long as it is
// listened to must end then. It is nil, which is never closed, for a request of another server.
func Stopping(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(stoppingKey{}).(chan struct{})
	return c
}

// newServer gives a server with the limits that anything needs which everybody may reach: nobody holds a connection by sending, or by
// taking, a byte at a time.
func newServer(ctx context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
}
