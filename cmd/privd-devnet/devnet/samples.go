package devnet

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"strings"
)

// demoFile is a file the demo sells.
type demoFile struct {
	name    string
	kind    string
	content []byte
	id      string // once uploaded
}

// demoFiles makes files that differ each time: the same ones again are refused.
func demoFiles() ([]demoFile, error) {
	files := make([]demoFile, 0, 3)
	for i := range 2 {
		photo, err := photo()
		if err != nil {
			return nil, err
		}
		files = append(files, demoFile{name: fmt.Sprintf("photo%d.jpg", i+1), kind: "photo", content: photo})
	}
	return append(files, demoFile{name: "notes.txt", kind: "text", content: prose()}), nil
}

// photo makes a picture with shapes and edges, so that the review finds something.
func photo() ([]byte, error) {
	const width, height = 800, 600
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetRGBA(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), uint8(x * y), 255})
		}
	}
	for range 60 {
		c := color.RGBA{uint8(rand.IntN(256)), uint8(rand.IntN(256)), uint8(rand.IntN(256)), 255}
		corner := image.Pt(rand.IntN(width), rand.IntN(height))
		shape := image.Rectangle{corner, corner.Add(image.Pt(20+rand.IntN(140), 20+rand.IntN(120)))}
		draw.Draw(picture, shape, image.NewUniform(c), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90})
	return out.Bytes(), err
}

// prose makes a text of sentences.
func prose() []byte {
	who := strings.Fields("gardener sailor teacher neighbour carpenter traveller painter farmer child baker")
	did := strings.Fields("watched carried repaired described remembered followed collected measured traded drew")
	what := strings.Fields("lantern river bridge orchard letter compass harbour mountain window recipe")
	how := strings.Fields("slowly twice yesterday together quietly again alone carefully outside")
	var text strings.Builder
	for i := range 120 {
		fmt.Fprintf(&text, "The %s %s the %s %s, and the %s near %d old houses %s it too. ",
			who[rand.IntN(len(who))], did[rand.IntN(len(did))], what[rand.IntN(len(what))], how[rand.IntN(len(how))],
			who[rand.IntN(len(who))], rand.IntN(900), did[rand.IntN(len(did))])
		if i%6 == 5 {
			text.WriteString("\n\n")
		}
	}
	return []byte(text.String())
}
