package blocks

import "golang.org/x/sys/unix"

// writeBackStep is how many bytes are written before the kernel is asked to begin
// sending them to the disk, so that the sync at the end finds little left to do.
const writeBackStep = 8 << 20

func (w *Writer) writeBack() {
	if w.end-w.flushed < writeBackStep {
		return
	}
	// Only a hint: what fails here shows in the sync.
	_ = unix.SyncFileRange(int(w.file.Fd()), w.flushed, w.end-w.flushed, unix.SYNC_FILE_RANGE_WRITE)
	w.flushed = w.end
}
