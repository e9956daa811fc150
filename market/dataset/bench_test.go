package dataset_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/dataset"
)

// BenchmarkReceive reads tables as uploads do, without encryption and disk.
func BenchmarkReceive(b *testing.B) {
	var rows, objects strings.Builder
	rows.WriteString("symbol,price,volume_24h,timestamp\n")
	objects.WriteString("[")
	for i := range 200_000 {
		fmt.Fprintf(&rows, "BTCUSDT,%d.45,%d.89,2024-05-22T10:00:00Z\n", 68000+i%1000, i)
		fmt.Fprintf(&objects, "{\"symbol\":\"BTCUSDT\",\"price\":%d.45,\"volume_24h\":%d.89,\"timestamp\":\"2024-05-22T10:00:00Z\"},\n", 68000+i%1000, i)
	}
	objects.WriteString(`{"symbol":"x"}]`)
	for name, file := range map[string]string{"csv": rows.String(), "json": objects.String()} {
		b.Run(name, func(b *testing.B) {
			s := &dataset.Service{Vault: discarding{}}
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				_, err := s.Receive(b.Context(), "usr_a", dataset.File{}, bytes.NewReader([]byte(file)))
				require.NoError(b, err)
			}
		})
	}
}
