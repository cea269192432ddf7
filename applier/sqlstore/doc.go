// Package sqlstore keeps datasets in the tables of a SQL database, so that a shop
// reads prices with plain SQL and never needs to know that promoctl exists. SQLite is
// the first dialect; the protocol of a release is the same for all of them.
//
// # What a reader sees
//
// A dataset is one table, named like the dataset (with the store's prefix before it),
// with a column for each declared field. Its primary key is the dataset's key.
//
//	SELECT price, currency FROM prices WHERE sku = 'TEA-500';
//	SELECT sku, CAST(price AS REAL) FROM prices WHERE currency = 'CNY' ORDER BY 2 DESC;
//	SELECT location, COALESCE(remaining, allocation) FROM stock WHERE sku = 'TEA-500';
//	SELECT promotions.id, value FROM promotions, json_each(applies_to, '$.skus') WHERE ends_at > '2026-11-11T00:00:00Z';
//	SELECT id, json_extract(discount, '$.type') FROM coupons WHERE code = 'TEA20' AND COALESCE(enabled, 1);
//	SELECT json_extract(marker, '$.commit'), json_extract(marker, '$.at') FROM promoctl_marker;
//
// (json_each has a column id of its own, hence promotions.id.) The types of columns in
// SQLite:
//
//	string    TEXT     as written
//	integer   INTEGER
//	number    TEXT     the exact decimal without trailing zeros: SQLite has no decimal
//	                   type, and a REAL would turn 19.90 into the nearest float. CAST it
//	                   to sort or to compare, or use the decimal type of your language
//	boolean   INTEGER  0 or 1
//	time      TEXT     RFC 3339 in UTC, so that text order is time order for whole seconds
//	json      TEXT     objects, lists and unions as JSON; see json_each and json_extract
//
// NULL means that the record does not have the field; only in a field that is
// required and may be null does it mean null. A part of the key that is not a field
// (it comes from the enclosing document or from a nested field) has a column of its own.
// Where the schema allows fields that it does not declare, they are in the column
// _extra, as one JSON object.
//
// Fields that the shop owns are columns like the others. promoctl creates them, never
// writes them, and keeps their values when the record changes around them. A shop may also
// add columns, indexes and triggers of its own.
//
// # How a release becomes visible
//
// Changes are staged as rows of tables named promoctl_stage_<attempt>_<n>, in short
// transactions, so that the shop's own writes wait for milliseconds only. Activation is
// one transaction that compares and sets the marker, moves the staged rows and
// remembers the old marker. The database is in WAL mode: a reader is never blocked, and
// a read transaction that began before the COMMIT sees the old release to its end. The
// commit is durable (synchronous=FULL) when Activate returns.
//
// A new column is added before staging. A change that rows cannot simply take on (a
// type, the key, a field that goes) stages the whole dataset in its new form, and the
// activation puts a new table in the place of the old one, with the shop's own
// columns, indexes and triggers. A table that somebody dropped counts as empty: only a
// release that brings all of its records back, such as a repair, makes it again.
//
// The bookkeeping tables are promoctl_marker (one row: what is live), promoctl_history
// (the releases before it), promoctl_stage (what is staged) and promoctl_dataset (the
// tables that promoctl made itself; it never rebuilds any other).
package sqlstore
