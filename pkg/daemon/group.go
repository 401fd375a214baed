package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Service is one part of a process.
type Service struct {
	// Name is a word for logs and for /readyz.
	Name string
	// Run works until ctx ends and then answers nil (or ctx's error). It calls ready as soon as others may use it. An answer
	// before ctx has ended stops the whole group.
	Run func(ctx context.Context, ready func()) error
}

// stopTimeoutMax is how long one service may take to stop before the group goes on without it, which makes the stop a failure.
const stopTimeoutMax = 30 * time.Second

// part is a service that has been started.
type part struct {
	service Service
	cancel  context.CancelFunc
	ready   chan struct{} // closed when it says that it is ready
	ended   chan struct{} // closed when Run has answered; err is set before
	err     error
}

// logKey finds the log of the group in a service's context; for Serve, whose net/http has a log of its own.
type logKey struct{}

// Run starts the services in order, waits until ctx ends or one of them does, stops them in reverse order, and answers the first
// error, or nil if everything went as asked. All goroutines have ended by then, unless the error says that a service did not stop.
func Run(ctx context.Context, env Env, services ...Service) error {
	ctx = context.WithValue(ctx, logKey{}, env.Log)
	ended := make(chan *part, len(services))
	var parts []*part
	var first error
	var early *part // the one that ended before it was asked to
	for _, service := range services {
		p := start(ctx, service, ended)
		parts = append(parts, p)
		env.Health.set(service.Name, stateStarting)
		select {
		case <-p.ready:
			env.Health.set(service.Name, stateReady)
			env.Log.Info("ready", "part", service.Name)
			continue
		case early = <-ended:
			first = unasked(ctx, early)
		case <-ctx.Done():
		}
		break
	}
	if first == nil && ctx.Err() == nil {
		select {
		case early = <-ended:
			first = unasked(ctx, early)
		case <-ctx.Done():
		}
	}
	for i := len(parts) - 1; i >= 0; i-- {
		env.Health.set(parts[i].service.Name, stateStopping)
		switch err := parts[i].stop(); {
		case err != nil && first == nil:
			first = err
		case err != nil && parts[i] != early:
			env.Log.Warn("another error while stopping", "part", parts[i].service.Name, "err", err)
		}
	}
	return first
}

// start runs a service in a goroutine of its own. Its context does not end with ctx but when its turn comes; the values of ctx are in it.
func start(ctx context.Context, service Service, ended chan<- *part) *part {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &part{service: service, cancel: cancel, ready: make(chan struct{}), ended: make(chan struct{})}
	var once sync.Once
	go func() {
		p.err = service.Run(own, func() { once.Do(func() { close(p.ready) }) })
		if own.Err() != nil && errors.Is(p.err, own.Err()) {
			p.err = nil // it was asked to
		}
		close(p.ended)
		ended <- p
	}()
	return p
}

// stop asks a service to stop and waits for it.
func (p *part) stop() error {
	p.cancel()
	late := time.NewTimer(stopTimeoutMax)
	defer late.Stop()
	select {
	case <-p.ended:
	case <-late.C:
		return fmt.Errorf("stop %s: still running after %v", p.service.Name, stopTimeoutMax)
	}
	if p.err != nil {
		return fmt.Errorf("run %s: %w", p.service.Name, p.err)
	}
	return nil
}

// unasked is the error of a service that ended before its time.
func unasked(ctx context.Context, p *part) error {
	if p.err != nil {
		return fmt.Errorf("run %s: %w", p.service.Name, p.err)
	}
	if ctx.Err() != nil {
		return nil // it noticed the end of its own accord, a moment early
	}
	return fmt.Errorf("run %s: it ended unasked", p.service.Name)
}
