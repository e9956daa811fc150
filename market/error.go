package market

import (
	"errors"
	"strings"
)

// Code says what kind of failure an Error is. Codes are few, each means a
// different action for the caller, and they are part of the API: they are never
// renumbered or reused.
type Code uint8

// The codes. Internal is the zero value, so that an error nobody classified is
// never shown to a client.
const (
	Internal        Code = 0  // the program or its disk is at fault
	Invalid         Code = 1  // the request is malformed or breaks a business rule
	Unauthenticated Code = 2  // no credential, or a bad one
	Denied          Code = 3  // known, but not allowed
	NotFound        Code = 4  // unknown, or not the caller's to know about
	Conflict        Code = 5  // it exists already, or changed meanwhile
	TooLarge        Code = 6  // larger than the limit; nothing was kept
	Limited         Code = 7  // too many requests; later is fine
	Unpaid          Code = 8  // payment is required first
	Expired         Code = 9  // it was valid once
	Unavailable     Code = 10 // something privd depends on is down; retry
)

var codeNames = [...]string{
	Internal: "INTERNAL_ERROR", Invalid: "INVALID_REQUEST", Unauthenticated: "UNAUTHORIZED",
	Denied: "FORBIDDEN", NotFound: "NOT_FOUND", Conflict: "CONFLICT", TooLarge: "FILE_TOO_LARGE",
	Limited: "RATE_LIMITED", Unpaid: "PAYMENT_REQUIRED", Expired: "EXPIRED", Unavailable: "UNAVAILABLE",
}

// String returns the code as it stands in an error envelope.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return codeNames[Internal]
}

// Error is a failure a caller can act upon.
type Error struct {
	Op      string // what was attempted, in a few lower-case words; may be empty
	Code    Code
	Reason  string // a finer UPPER_SNAKE name for the envelope; empty means Code's own
	Field   string // the request field at fault, if one is
	Message string // what the caller may read; never holds a secret
	Err     error  // the cause, for the log only
}

// Error returns the message as a path of what was attempted.
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{e.Op, e.Message} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return e.Code.String()
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error of the same code, so that
// errors.Is(err, market.ErrNotFound) works through any wrapping.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Op == "" && t.Message == "" && t.Reason == "" && t.Err == nil && t.Code == e.Code
}

// Bare errors of a code, for errors.Is and for adapters that have nothing to add.
var (
	ErrNotFound    = &Error{Code: NotFound}
	ErrConflict    = &Error{Code: Conflict}
	ErrInvalid     = &Error{Code: Invalid}
	ErrDenied      = &Error{Code: Denied}
	ErrTooLarge    = &Error{Code: TooLarge}
	ErrUnavailable = &Error{Code: Unavailable}
	ErrExpired     = &Error{Code: Expired}
	ErrLimited     = &Error{Code: Limited}
)

// CodeOf returns the code of the outermost *Error in err's chain, and Internal
// when there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Fail returns an *Error with a message the caller may read.
func Fail(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// BadField returns an Invalid error that names the field at fault.
func BadField(field, message string) *Error {
	return &Error{Code: Invalid, Field: field, Message: message}
}
