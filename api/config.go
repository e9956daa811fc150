package api

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Config is how the API is served. Start from DefaultConfig.
type Config struct {
	// Address is what to listen on, host:port; port 0 takes a free one.
	Address string `toml:"address"`
	// Hosts are further names under which clients may address the node, without
	// port. Loopback names and the address a client connected to always work.
	Hosts []string `toml:"hosts"`
	// Origins are the web origins that browsers may call from, such as
	// https://app.example. A port of * stands for any; a single * is everybody.
	Origins []string `toml:"origins"`
	// PublicURL is the base of gateway URLs when clients reach the node through
	// a proxy; empty means as the request was addressed.
	PublicURL string `toml:"public_url"`

	// AnonymousRate and AnonymousBurst bound calls without a credential, per
	// second and client.
	AnonymousRate  float64 `toml:"anonymous_rate"`
	AnonymousBurst int     `toml:"anonymous_burst"`
	// LoginRate and LoginBurst bound login attempts, per second and client.
	LoginRate  float64 `toml:"login_rate"`
	LoginBurst int     `toml:"login_burst"`

	// ShutdownGrace is how long requests may finish once the server stops.
	ShutdownGrace time.Duration `toml:"shutdown_grace"`
	// StallTimeout ends a transfer that makes no progress.
	StallTimeout time.Duration `toml:"stall_timeout"`
}

// DefaultConfig returns the documented defaults.
func DefaultConfig() Config {
	return Config{
		Address:       "127.0.0.1:4000",
		AnonymousRate: 100, AnonymousBurst: 200,
		LoginRate: 10, LoginBurst: 50,
		ShutdownGrace: 3 * time.Second,
		StallTimeout:  time.Minute,
	}
}

// Validate reports the first field that cannot work, by its name.
func (c Config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Address); err != nil {
		return fmt.Errorf("api.address: %w", err)
	}
	for _, o := range c.Origins {
		if err := checkOrigin(o); err != nil {
			return fmt.Errorf("api.origins: %w", err)
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return fmt.Errorf("api.public_url: %q is not an http URL", c.PublicURL)
		}
	}
	switch {
	case c.AnonymousRate <= 0 || c.AnonymousBurst < 1:
		return fmt.Errorf("api.anonymous_rate and api.anonymous_burst must be positive")
	case c.LoginRate <= 0 || c.LoginBurst < 1:
		return fmt.Errorf("api.login_rate and api.login_burst must be positive")
	case c.ShutdownGrace <= 0:
		return fmt.Errorf("api.shutdown_grace must be positive")
	case c.StallTimeout <= 0:
		return fmt.Errorf("api.stall_timeout must be positive")
	}
	return nil
}

func checkOrigin(origin string) error {
	if origin == "*" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(origin, ":*"))
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" {
		return fmt.Errorf("%q is not an origin such as https://app.example", origin)
	}
	return nil
}
