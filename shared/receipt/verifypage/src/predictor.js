const parameter = /\/(Predictor|Columns|Colors|BitsPerComponent)[\t\n\f\r ]*([0-9]{1,6})/g;

// Undoes a predictor (ISO 32000-2, 7.4.4.4) on rows of data, with the parameters of the
// dictionary before the stream. Returns undefined if the dictionary names no predictor.
export function undo(data, dictionary) {
  const p = { Predictor: 1, Columns: 1, Colors: 1, BitsPerComponent: 8 };
  for (const [, name, value] of dictionary.matchAll(parameter)) p[name] = Number(value);
  const row = Math.floor((p.Columns * p.Colors * p.BitsPerComponent + 7) / 8);
  const pixel = Math.max(1, Math.floor((p.Colors * p.BitsPerComponent) / 8));
  if (p.Predictor < 2 || row < 1 || row > data.length || pixel > row) return undefined;
  return undone(data, row, pixel, p.Predictor >= 10);
}

// Adds to each byte the value that the filter of its row predicted. A PNG row (ISO/IEC 15948,
// 9) begins with its filter; TIFF always predicts the byte on the left.
function undone(data, row, pixel, png) {
  const out = new Uint8Array(data.length);
  let [size, filter] = [0, 1];
  for (let at = 0; at < data.length; ) {
    if (png) filter = data[at++];
    const [begin, end] = [size, Math.min(at + row, data.length)];
    for (; at < end; at++, size++) {
      const [within, below] = [size - begin >= pixel, size >= row]; // there is a byte on the left, and above
      out[size] = data[at] + predicted(filter, within ? out[size - pixel] : 0, below ? out[size - row] : 0, within && below ? out[size - row - pixel] : 0);
    }
  }
  return out.subarray(0, size);
}

function predicted(by, left, up, corner) {
  switch (by) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
      return a <= b && a <= c ? left : b <= c ? up : corner;
    }
  }
  return 0;
}
