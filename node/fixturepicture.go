package node

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
)

// fixturePicture makes a photo with shapes and edges, so that the review finds
// something: the same for the same seed, and unlike those of other seeds.
func fixturePicture(seed uint64) ([]byte, error) {
	const width, height = 1280, 960
	r := rand.New(rand.NewPCG(seed, 0))
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for range 90 {
		c := color.RGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255}
		corner := image.Pt(r.IntN(width), r.IntN(height))
		shape := image.Rectangle{corner, corner.Add(image.Pt(40+r.IntN(500), 40+r.IntN(400)))}
		draw.Draw(picture, shape, image.NewUniform(c), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 90})
	return out.Bytes(), err
}
