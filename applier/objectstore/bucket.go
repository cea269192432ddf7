package objectstore

import (
	"fmt"
	"hash/crc32"

	"github.com/promoctl/promoctl/spec"
)

// DefaultBuckets is how many objects a dataset has when the pipeline file does not say.
const DefaultBuckets = 64

// MaxBuckets bounds the objects of a dataset: a scan has all of them open at once.
const MaxBuckets = 1024

// Bucket returns which of a dataset's buckets holds the record of a key: the CRC-32
// (IEEE, as in gzip and zlib) of the key's bytes modulo the number of buckets. It is
// part of the form on disk, since readers compute it too.
func Bucket(key spec.Key, buckets int) int { return bucketOf([]byte(key), buckets) }

func bucketOf(key []byte, buckets int) int {
	return int(crc32.ChecksumIEEE(key) % uint32(buckets))
}

// bucketCount returns the number to use for a setting, where zero means the default.
func bucketCount(setting int) (int, error) {
	if setting == 0 {
		return DefaultBuckets, nil
	}
	if setting < 1 || setting > MaxBuckets {
		return 0, fmt.Errorf("buckets: %d is out of range; write a number from 1 to %d", setting, MaxBuckets)
	}
	return setting, nil
}
