package gateway

import (
	"context"
	"errors"
	"net"
	"net/url"
	"regexp"
	"time"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
)

// Provider is a platform by whose accounts members may sign in. What it answers names a person and is personal data: it goes into no
// log, span, address or record, and is kept nowhere but as bindings keep it.
type Provider interface {
	// Name is what sign-in requests and bindings call the platform: a lower-case word.
	Name() string
	// Identify redeems the one-time code that the platform gave to the client, and answers the platform's own name for the person. A
	// refusal is a fault whose sentence says what the person can do.
	Identify(ctx context.Context, code string) (account string, err error)
}

// Faults of signing in by a platform.
var (
	ErrProvider = fault.New(fault.NotFound, "sign_in.provider_unknown",
		"There is no sign-in by this platform here.", "此处不支持该平台登录。")
	ErrCodeInvalid = fault.New(fault.Unauthenticated, "sign_in.code_invalid",
		"The platform does not know this sign-in code, or it has expired; please open the mini-program again.", "登录码无效或已过期，请重新打开小程序。")
	ErrCodeSpent = fault.New(fault.Unauthenticated, "sign_in.code_used",
		"This sign-in code has been used already; please open the mini-program again.", "该登录码已被使用，请重新打开小程序。")
	ErrTooOften = fault.New(fault.TooMany, "sign_in.too_often",
		"You have signed in too often in the last minute; please wait a minute.", "登录过于频繁，请一分钟后再试。")
	ErrBlocked = fault.New(fault.Forbidden, "sign_in.blocked",
		"The platform holds this account to be unsafe and does not let it sign in; please ask the platform, or an officer for another way.",
		"平台判定该账号存在风险，暂不允许登录；请联系平台，或请负责人协助用其他方式登录。")
	ErrPlatformBusy = fault.New(fault.Unavailable, "platform.busy",
		"The platform is busy; please try again in a moment.", "平台繁忙，请稍后再试。")
	// ErrPlatform is for all that is not the person's doing: the platform is away, speaks gibberish, or refuses us. Which of these, only
	// the operator's log says.
	ErrPlatform = fault.New(fault.Unavailable, "platform.unavailable",
		"Signing in by the platform does not work just now; please try later, or sign in another way.", "暂时无法通过该平台登录，请稍后再试或使用其他方式登录。")
)

// ProviderConfig configures one platform; the fields' comments are the manual.
type ProviderConfig struct {
	// Name is what sign-in requests call the platform, such as wechat. Bindings are made under it: another name is another platform.
	Name string `json:"name"`
	// Base is the address of the platform's server, such as https://api.weixin.qq.com. It must be https, but for the machine itself.
	Base string `json:"base"`
	// AppID is the mini-program's id at the platform.
	AppID string `json:"app_id"`
	// SecretFile holds the mini-program's secret at the platform.
	SecretFile string `json:"secret_file"`
	// Timeout bounds one question to the platform; 5s if 0.
	Timeout daemon.Duration `json:"timeout"`
	// Concurrent bounds the questions under way at once; 32 if 0. One more is answered "busy".
	Concurrent int `json:"concurrent"`
}

const (
	providerTimeout    = 5 * time.Second
	providerTimeoutMax = 10 * time.Second // the edge's own limit is not far beyond
	providerConcurrent = 32
)

var (
	providerName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	providerApp  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// Check judges what the types cannot. Its errors show no value: an address may hold a secret.
func (c *ProviderConfig) Check() error {
	u, err := url.Parse(c.Base)
	switch {
	case !providerName.MatchString(c.Name):
		return errors.New("name: want a lower-case word")
	case c.Name == wayDevice || c.Name == wayDevelopment:
		return errors.New("name: is the gateway's own")
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("base: want an address such as https://api.example.org")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Host)):
		return errors.New("base: want https")
	case !providerApp.MatchString(c.AppID):
		return errors.New("app_id: missing or malformed")
	case c.SecretFile == "":
		return errors.New("secret_file: missing")
	case c.Timeout < 0 || time.Duration(c.Timeout) > providerTimeoutMax:
		return errors.New("timeout: want 0s to 10s")
	case c.Concurrent < 0 || c.Concurrent > 1000:
		return errors.New("concurrent: want 0 to 1000")
	}
	return nil
}

// whyUnanswered tells the operator why a platform gave no answer, in words of our own: the errors of net/http quote the address, which
// holds secret and code, and what was answered, which may hold an account.
func whyUnanswered(err error) string {
	var network net.Error
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return "the client went away"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case isCertificate(err):
		return "its certificate does not hold"
	case errors.As(err, &op) && op.Op == "dial":
		return "it cannot be reached"
	}
	return "the connection broke, or what came is no HTTP"
}
