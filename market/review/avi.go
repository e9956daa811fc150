package review

import (
	"encoding/binary"

	"privd/market/media/window"
)

const aviChunks = 8 << 20

// aviFile collects what the chunks say.
type aviFile struct {
	file     *window.Reader
	c        container
	claimed  uint64 // frames of the first video stream
	found    uint64 // frames that are there
	declared int64  // bytes that the top-level chunks claim
}

// openAVI reads the headers and counts the frames of an AVI, extensions for large
// files included.
func openAVI(file *window.Reader) (container, error) {
	if !riff(file, "AVI ") {
		return container{}, faulty("it has no AVI header")
	}
	f := &aviFile{file: file}
	sound := chunks(file, 0, file.Size(), 1<<10, func(c chunk) bool {
		if c.kind != "RIFF" && f.declared > 0 {
			// What an encoder appends is no part of the film.
			return c.kind == "JUNK"
		}
		f.declared += 8 + c.size
		chunks(file, c.body+4, c.body+c.have, aviChunks, f.inner)
		return true
	})
	if f.found == 0 {
		return container{}, faulty("it holds no pictures")
	}
	f.c.integrity = min(
		ratio(uint64(sound), uint64(max(file.Size(), f.declared))),
		ratio(f.found, f.claimed))
	return f.c, nil
}

// inner handles the chunks within a RIFF.
func (f *aviFile) inner(c chunk) bool {
	if c.kind != "LIST" {
		return true
	}
	switch c.form(f.file) {
	case "hdrl":
		chunks(f.file, c.body+4, c.body+c.have, 1<<10, f.header)
	case "movi":
		chunks(f.file, c.body+4, c.body+c.have, aviChunks, f.media)
	}
	return true
}

// header handles the chunks within the header list.
func (f *aviFile) header(c chunk) bool {
	switch {
	case c.kind == "avih" && c.have >= 40:
		b, _ := at(f.file, c.body, 40)
		f.c.sized(int(binary.LittleEndian.Uint32(b[32:])), int(binary.LittleEndian.Uint32(b[36:])))
	case c.kind == "LIST" && c.form(f.file) == "strl":
		chunks(f.file, c.body+4, c.body+c.have, 64, f.stream)
	}
	return true
}

// stream handles the chunks that describe one stream.
func (f *aviFile) stream(c chunk) bool {
	if c.kind != "strh" || c.have < 36 {
		return true
	}
	b, _ := at(f.file, c.body, 36)
	scale, rate := uint64(binary.LittleEndian.Uint32(b[20:])), uint64(binary.LittleEndian.Uint32(b[24:]))
	length := uint64(binary.LittleEndian.Uint32(b[32:]))
	switch string(b[:4]) {
	case "vids":
		if !f.c.video {
			f.claimed = length
		}
		f.c.video = true
		f.c.length = max(f.c.length, seconds(length*scale, rate))
	case "auds":
		f.c.audio = true
	}
	return true
}

// media handles the chunks of the film: two digits of the stream, then dc or db for a
// picture; some writers group them in lists.
func (f *aviFile) media(c chunk) bool {
	if c.kind == "LIST" && c.form(f.file) == "rec " {
		chunks(f.file, c.body+4, c.body+c.have, aviChunks, func(c chunk) bool { f.frame(c); return true })
		return true
	}
	f.frame(c)
	return true
}

func (f *aviFile) frame(c chunk) {
	if c.have == c.size && (c.kind[2:] == "dc" || c.kind[2:] == "db") {
		f.found++
	}
}
