/** The top of an axis over `most`, and its steps: round numbers, three to five of them. */
export function scale(most) {
  if (!(most > 0)) return { top: 4, steps: [0, 1, 2, 3, 4] };
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough && Number.isInteger(each)) ?? 10 * power);
  const count = Math.max(1, Math.ceil(most / step));
  return { top: step * count, steps: Array.from({ length: count + 1 }, (_, at) => at * step) };
}

/**
 * Series → one column for each time that any of them has, in order: `{time, total, parts: [{name, label, value, from}]}`;
 * `from` is where a part stands on those below it.
 */
export function columns(series) {
  const times = [...new Set(series.flatMap((each) => each.points.map((point) => point.time)))].sort();
  const values = series.map((each) => new Map(each.points.map((point) => [point.time, point.value])));
  return times.map((time) => {
    let from = 0;
    const parts = series.map(({ name, label }, at) => {
      const value = values[at].get(time) ?? 0;
      from += value;
      return { name, label, value, from: from - value };
    });
    return { time, total: from, parts };
  });
}

/** Series that can be told apart: the `most - 1` largest, and the others as one. */
export function few(series, most = 6) {
  if (series.length <= most) return series;
  const sorted = [...series].sort((a, b) => b.total - a.total);
  const rest = sorted.slice(most - 1);
  const points = columns(rest).map(({ time, total }) => ({ time, value: total }));
  return [...sorted.slice(0, most - 1), { name: "", label: `${rest.length} others`, total: rest.reduce((sum, each) => sum + each.total, 0), points }];
}

/** Which of `count` names on an axis are shown: the first and every so many after it. */
export function everyNth(count, most = 10) {
  return Math.max(1, Math.ceil(count / most));
}
