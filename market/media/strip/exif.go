package strip

import (
	"bytes"
	"encoding/binary"
)

// exifHeader precedes the TIFF structure in JPEG, and in some WebP files too.
const exifHeader = "Exif\x00\x00"

const tagOrientation = 0x0112

// orientation reads how a picture must be turned, 1 to 8, from a TIFF structure.
// It is 1, not at all, whenever the structure does not say clearly.
func orientation(tiff []byte) uint16 {
	tiff = bytes.TrimPrefix(tiff, []byte(exifHeader))
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "MM\x00*":
		order = binary.BigEndian
	case "II*\x00":
		order = binary.LittleEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	const entrySize, typeShort = 12, 3
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < entrySize {
			return 1
		}
		if order.Uint16(entries) == tagOrientation {
			v := order.Uint16(entries[8:])
			if order.Uint16(entries[2:]) != typeShort || v < 1 || v > 8 {
				return 1
			}
			return v
		}
		entries = entries[entrySize:]
	}
	return 1
}

// minimal returns a TIFF structure that holds the orientation alone, or nothing
// when there is none to hold.
func minimal(orientation uint16) []byte {
	if orientation == 1 {
		return nil
	}
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01")
	b = binary.BigEndian.AppendUint16(b, tagOrientation)
	b = append(b, 0, 3, 0, 0, 0, 1)
	b = binary.BigEndian.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}
