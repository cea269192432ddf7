// Package objectstore keeps datasets as immutable objects that a manifest names, and
// makes a release live by a single step on the manifest.
//
// It exists for places that have no transactions: a directory (the file driver, which
// needs no server), later S3 and HDFS. What an object is, which bucket a key is in,
// how changes are merged into an object and what a manifest says is pure and knows
// no file system (bucket.go, line.go, cursor.go, kway.go, merge.go, manifest.go,
// writer.go); the rest is the directory.
//
// # On disk
//
//	live/000000000042/manifest.json   what is live: the directory with the highest number
//	live/000000000042/marker.json     which release that is, for promoctl
//	objects/<attempt>/<dataset>/<sha256 of the bytes>.jsonl
//	stage/<attempt>/                  a release that is not live yet, with release.json and seal.json
//	trash/                            on its way out
//
// Manifests and objects may be read by everybody (mode 0644, narrowed by the umask).
// The others name people and hold their reasons: they have mode 0600, so that all who
// release or ask for the status must be the same user, and release.json and seal.json
// leave the directory when it goes live.
//
// A dataset is spread over a fixed number of buckets by the CRC-32 (IEEE) of the key's
// bytes. A bucket is one object: JSON Lines, one record a line, sorted by key. The
// manifest lists, per dataset, the number of buckets and the objects, each with
// bucket, path, SHA-256, count of records and size. A bucket without records has no
// object. Objects never change: a release writes new ones for the buckets it touches,
// and its manifest takes the others over.
//
//	{"key":"SKU-1","record":{"currency":"CNY","price":129.9,"sku":"SKU-1"}}
//
// Keys are spelled as in plans: the parts joined by "/", with "%" as %25 and "/"
// within a part as %2F. Numbers are exact decimals, times RFC 3339 in UTC.
//
// # Reading a record without promoctl
//
// Find the directory with the highest number under live, read its manifest, then the
// object. What is found belongs to one release, and stays there for the next 50
// releases, so that a reader need not hurry. Look for a new directory as often as
// prices may be late.
//
// Shell:
//
//	cd /srv/shop
//	live=$(ls -d live/* | tail -n 1)
//	grep -o 'objects/[^"]*/prices/[^"]*' "$live/manifest.json" | xargs grep -h '^{"key":"SKU-1",'
//
// Python:
//
//	import json, os, zlib
//	live = max(os.listdir("live"))
//	prices = json.load(open(f"live/{live}/manifest.json"))["datasets"]["prices"]
//	bucket = zlib.crc32(b"SKU-1") % prices["buckets"]
//	path = next(o["path"] for o in prices["objects"] if o["bucket"] == bucket)
//	for line in open(path, encoding="utf-8"):
//	    line = json.loads(line)
//	    if line["key"] == "SKU-1":
//	        print(line["record"]["price"])
//
// Go: take the last entry of os.ReadDir("live"), unmarshal manifest.json into
//
//	var m struct {
//		Datasets map[string]struct {
//			Buckets uint32
//			Objects []struct {
//				Bucket uint32
//				Path   string
//			}
//		}
//	}
//
// pick the object whose Bucket is crc32.ChecksumIEEE([]byte(key)) % Buckets, and scan
// its lines.
//
// # How a release becomes live
//
// A stage is a directory with manifest and marker, sealed by a file with the
// manifest's hash once everything it names is on the disk. One rename moves it to
// live/<sequence>. A rename fails if the target is there, so of several appliers with
// the same base one wins, without a lock that a killed process could leave behind.
// Whatever is killed at whatever moment, the highest directory is complete.
//
// Each attempt writes its objects into a directory of its own and no manifest takes
// in an object of a release that is not its base. So nothing that was once
// unused is ever used again, and removing it needs no grace period (see gc.go). It
// also keeps a repair from overwriting, while it is staged, an object that readers
// use: the same bytes would have the same name.
//
// # Damage
//
// Every manifest holds the hash of itself and those of its objects. What is torn, edited
// or missing yields what can still be read: promoctl verify shows the rest as missing, and
// promoctl apply --repair writes it again, from Git, as the next sequence. A release that
// would not bring all of it back is refused. What only the marker of the live directory
// knows cannot be made up: the error then says which commands make one from an older
// marker, so that the next release still has a higher number than readers have seen. Only
// where no marker is left at all do numbers start again.
//
// # What every future format keeps
//
// The highest directory under live holds marker.json, a JSON object whose member
// "format" is a number. A program that finds a higher number than it knows touches
// nothing.
//
// # Data that is there before the first release
//
// A shop that already has its data in this form puts a manifest without a marker into
// live/000000000000; it is served until the first release takes it over.
//
// # Limits
//
// Fields that the shop owns have no place here, since objects never change. Renames
// must be atomic and exclusive: local file systems, NFS and CephFS are; object stores
// mounted as file systems are not.
package objectstore
