package objectstore

import (
	"bytes"
	"container/heap"
	"errors"
	"io"
)

// kway is a cursor over several cursors at once, sorted by key. It holds one record
// of each, whatever their size.
type kway struct {
	heads heads
	last  bool // heads[0] was returned and has to move on
}

// newKway returns the merge of cursors that have no key in common.
func newKway(cursors []cursor) (*kway, error) {
	k := &kway{}
	for _, c := range cursors {
		e, err := c.next()
		if errors.Is(err, io.EOF) {
			continue
		}
		if err != nil {
			return nil, err
		}
		k.heads = append(k.heads, head{entry: e, from: c})
	}
	heap.Init(&k.heads)
	return k, nil
}

func (k *kway) next() (entry, error) {
	if k.last {
		if err := k.advance(); err != nil {
			return entry{}, err
		}
	}
	if len(k.heads) == 0 {
		return entry{}, io.EOF
	}
	k.last = true
	return k.heads[0].entry, nil
}

func (k *kway) advance() error {
	k.last = false
	e, err := k.heads[0].from.next()
	switch {
	case errors.Is(err, io.EOF):
		heap.Pop(&k.heads)
	case err != nil:
		return err
	default:
		k.heads[0].entry = e
		heap.Fix(&k.heads, 0)
	}
	return nil
}

// head is the next record of one cursor.
type head struct {
	entry entry
	from  cursor
}

// heads implements heap.Interface.
type heads []head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return bytes.Compare(h[i].entry.key, h[j].entry.key) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(head)) }
func (h *heads) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
