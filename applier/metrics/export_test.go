package metrics

// MaxError is how many bytes of an error's text a spool keeps.
const MaxError = maxError

// KeepFiles is how many files a spool consists of at most.
const KeepFiles = keepFiles

// SetLimit makes the files of a spool smaller than they are.
func (s *Spool) SetLimit(bytes int64) { s.limit = bytes }

// FileName returns the path of a spool's file.
func FileName(dir string, number int) string { return fileName(dir, number) }
