package spec

import "crypto/sha256"

// KeyHash stands for a key where millions are kept: the first 16 bytes of its SHA-256.
type KeyHash [16]byte

// HashKey returns the hash of a key.
func HashKey(k Key) KeyHash {
	sum := sha256.Sum256([]byte(k))
	return KeyHash(sum[:16])
}
