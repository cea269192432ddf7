package generate

import (
	"math/rand/v2"
	"strconv"
)

// article is what a price and its product are made from. Amounts are in fen, a
// hundredth of a yuan.
type article struct {
	number int // counts from 0 through all files
	line   line
	color  string
	size   string

	price, list, cost, floor int64
}

// line is a sort of article with the range that its list price lies in, in yuan.
type line struct {
	code, title, category string
	from, to              int64
}

func lines() [12]line {
	return [12]line{
		{"TSH", "Cotton T-shirt", "apparel/tops", 59, 199},
		{"HOD", "Fleece hoodie", "apparel/tops", 159, 399},
		{"JNS", "Straight jeans", "apparel/trousers", 199, 499},
		{"SNK", "Canvas sneaker", "shoes/sneakers", 199, 599},
		{"BAG", "Commuter backpack", "bags/backpacks", 179, 699},
		{"MUG", "Stoneware mug", "home/tableware", 29, 99},
		{"PAN", "Cast iron pan", "home/cookware", 199, 899},
		{"LMP", "Desk lamp", "home/lighting", 99, 459},
		{"TWL", "Bath towel", "home/textiles", 39, 169},
		{"EAR", "Wireless earbuds", "electronics/audio", 199, 1299},
		{"PWR", "Power bank", "electronics/power", 99, 399},
		{"SRM", "Moisturizing serum", "beauty/skincare", 129, 699},
	}
}

func colors() [8]string {
	return [8]string{"black", "ivory", "navy", "olive", "sand", "rust", "gray", "sky"}
}

func sizes() [4]string { return [4]string{"S", "M", "L", "XL"} }

// makeArticle draws an article. Its number alone makes its SKU, so that no two are the
// same. It always draws the same count of random numbers.
func makeArticle(r *rand.Rand, number int) article {
	all, shades, widths := lines(), colors(), sizes()
	a := article{number: number, line: all[r.IntN(len(all))]}
	a.color, a.size = shades[r.IntN(len(shades))], widths[r.IntN(len(widths))]
	yuan := a.line.from + r.Int64N(a.line.to-a.line.from)
	a.list = yuan * 100
	a.price = a.list * (70 + r.Int64N(26)) / 100 // 5 to 30 per cent off
	a.cost = a.list * (35 + r.Int64N(16)) / 100  // at most half of the list price
	a.floor = a.list * 55 / 100
	return a
}

// appendSKU adds the SKU: the sort of article and seven digits or more.
func (a article) appendSKU(buf []byte) []byte {
	buf = append(buf, a.line.code...)
	buf = append(buf, '-')
	digits := strconv.Itoa(a.number + 1)
	for range 7 - len(digits) {
		buf = append(buf, '0')
	}
	return append(buf, digits...)
}

// appendPrice adds the price as an item of a YAML list.
func (a article) appendPrice(buf []byte) []byte {
	buf = append(buf, "- sku: "...)
	buf = a.appendSKU(buf)
	buf = append(buf, "\n  currency: CNY\n  price: "...)
	buf = appendAmount(buf, a.price)
	buf = append(buf, "\n  list_price: "...)
	buf = appendAmount(buf, a.list)
	buf = append(buf, "\n  cost: "...)
	buf = appendAmount(buf, a.cost)
	buf = append(buf, "\n  floor: "...)
	buf = appendAmount(buf, a.floor)
	return append(buf, "\n  tax_class: standard\n"...)
}

// appendProduct adds the product as an item of a YAML list.
func (a article) appendProduct(buf []byte) []byte {
	buf = append(buf, "- sku: "...)
	buf = a.appendSKU(buf)
	buf = append(buf, "\n  title: "...)
	buf = append(buf, a.line.title...)
	buf = append(buf, ", "...)
	buf = append(buf, a.color...)
	buf = append(buf, ", "...)
	buf = append(buf, a.size...)
	buf = append(buf, "\n  category: "...)
	buf = append(buf, a.line.category...)
	return append(buf, "\n  status: active\n  tax_class: standard\n"...)
}

// appendAmount adds hundredths as a decimal with two digits after the point.
func appendAmount(buf []byte, hundredths int64) []byte {
	buf = strconv.AppendInt(buf, hundredths/100, 10)
	return append(buf, '.', byte('0'+hundredths/10%10), byte('0'+hundredths%10))
}
