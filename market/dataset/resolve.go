package dataset

import (
	"bytes"
	"mime"
	"path"
	"strings"
)

// What a dataset is served as.
const (
	mimeCSV   = "text/csv"
	mimeJSON  = "application/json"
	mimeLines = "application/x-ndjson"
)

// formats says what types and extensions of files stand for.
var formats = map[string]Format{
	"text/csv": CSV, "application/csv": CSV, "text/comma-separated-values": CSV, "text/tab-separated-values": CSV,
	"application/json": JSON, "text/json": JSON, "application/x-ndjson": JSON, "application/ndjson": JSON,
	"application/jsonl": JSON, "application/x-jsonlines": JSON, "application/jsonlines": JSON,
	".csv": CSV, ".tsv": CSV, ".tab": CSV, ".psv": CSV, ".json": JSON, ".jsonl": JSON, ".ndjson": JSON,
}

// vague are types that clients send for want of a better one.
var vague = map[string]bool{
	"": true, "application/octet-stream": true, "text/plain": true, "application/vnd.ms-excel": true,
	"application/x-www-form-urlencoded": true, "binary/octet-stream": true,
}

// resolve tells the format of a file: by the declared type if that is specific, else
// by the extension, else by its first character.
func resolve(declared, filename string, head []byte) (Format, error) {
	kind, _, err := mime.ParseMediaType(declared)
	if err != nil {
		kind, _, _ = strings.Cut(strings.ToLower(declared), ";")
		kind = strings.TrimSpace(kind)
	}
	if f, ok := formats[kind]; ok {
		return f, nil
	}
	if !vague[kind] {
		return "", bad("a dataset is a CSV or a JSON file, not %.64q", kind)
	}
	if f, ok := formats[strings.ToLower(path.Ext(filename))]; ok {
		return f, nil
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	if len(head) > 0 && (head[0] == '[' || head[0] == '{') {
		return JSON, nil
	}
	return CSV, nil
}
