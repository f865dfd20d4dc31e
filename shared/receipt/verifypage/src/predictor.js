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
  const above = new Uint8Array(row);
  let [size, filter] = [0, 1];
  for (let at = 0; at < data.length; ) {
    if (png) filter = data[at++];
    const line = data.slice(at, at + row);
    at += line.length;
    for (let i = 0; i < line.length; i++) {
      const [left, corner] = i >= pixel ? [line[i - pixel], above[i - pixel]] : [0, 0];
      line[i] += predicted(filter, left, above[i], corner);
    }
    out.set(line, size);
    size += line.length;
    above.set(line);
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
