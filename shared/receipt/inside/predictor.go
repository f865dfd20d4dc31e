package inside

import (
	"regexp"
	"strconv"
)

var parameter = regexp.MustCompile(`/(Predictor|Columns|Colors|BitsPerComponent)[\t\n\f\r ]*([0-9]{1,6})`)

// unpredicted undoes a predictor (7.4.4.4) on rows of data, with the parameters of the
// dictionary before the stream. It returns nil if the dictionary names no predictor.
func unpredicted(data, dictionary []byte) []byte {
	p := map[string]int{"Predictor": 1, "Columns": 1, "Colors": 1, "BitsPerComponent": 8}
	for _, m := range parameter.FindAllSubmatch(dictionary, -1) {
		p[string(m[1])], _ = strconv.Atoi(string(m[2])) // the pattern matches digits only
	}
	row := (p["Columns"]*p["Colors"]*p["BitsPerComponent"] + 7) / 8
	pixel := max(1, p["Colors"]*p["BitsPerComponent"]/8)
	if p["Predictor"] < 2 || row < 1 || row > len(data) || pixel > row {
		return nil
	}
	return undone(data, row, pixel, p["Predictor"] >= 10)
}

// undone adds to each byte the value that the filter of its row predicted. A PNG row (ISO/IEC
// 15948, 9) begins with its filter; TIFF always predicts the byte on the left.
func undone(data []byte, row, pixel int, png bool) []byte {
	out := make([]byte, 0, len(data))
	filter := byte(1)
	for len(data) > 0 {
		if png {
			filter, data = data[0], data[1:]
		}
		line := data[:min(row, len(data))]
		data = data[len(line):]
		for i, c := range line {
			left, up, corner := byte(0), byte(0), byte(0)
			at := len(out)
			if i >= pixel {
				left = out[at-pixel]
			}
			if at >= row {
				up = out[at-row]
			}
			if i >= pixel && at >= row {
				corner = out[at-row-pixel]
			}
			out = append(out, c+predicted(filter, left, up, corner))
		}
	}
	return out
}

func predicted(by byte, left, up, corner byte) byte {
	switch by {
	case 1:
		return left
	case 2:
		return up
	case 3:
		return byte((int(left) + int(up)) / 2)
	case 4:
		return paeth(int(left), int(up), int(corner))
	}
	return 0
}

func paeth(left, up, corner int) byte {
	distance := func(a int) int { return max(left+up-corner-a, a-left-up+corner) }
	switch {
	case distance(left) <= distance(up) && distance(left) <= distance(corner):
		return byte(left)
	case distance(up) <= distance(corner):
		return byte(up)
	}
	return byte(corner)
}
