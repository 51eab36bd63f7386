import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const colours = ['#b3261e', '#1f6feb', '#1a7f37', '#9a6700'];

/** The picture of a linearity record as SVG: one panel per series, logarithmic axes, a dashed line where cost is linear. */
export function picture(linearity) {
  const panels = Object.entries(linearity).map(([name, points]) => panel(name, points));
  const spec = {
    columns: 2,
    concat: panels,
    background: 'white',
    padding: 8,
    config: { font: 'sans-serif', axis: { labelFontSize: 11, titleFontSize: 12 }, legend: { labelFontSize: 12 } },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

function panel(name, points) {
  const subjects = [...new Set(points.map(({ subject }) => subject))];
  // Through the last point of each subject.
  const linear = subjects.flatMap((subject) => {
    const own = points.filter((point) => point.subject === subject);
    const last = own[own.length - 1];
    return own.map(({ x }) => ({ subject, x, median: (last.median * x) / last.x }));
  });
  const encoding = {
    x: { field: 'x', type: 'quantitative', title: name, scale: { type: 'log', nice: false }, axis: { format: '~s' } },
    y: { field: 'median', type: 'quantitative', title: 'milliseconds', scale: { type: 'log' }, axis: { format: '~s' } },
    color: {
      field: 'subject',
      type: 'nominal',
      title: null,
      scale: { domain: ['FC rate', 'FC direct', 'CONV rate', 'CONV direct'], range: colours },
      legend: { orient: 'top' },
    },
  };
  return {
    width: 300,
    height: 200,
    encoding,
    layer: [
      { data: { values: points }, mark: { type: 'line', strokeWidth: 2 } },
      { data: { values: points }, mark: { type: 'point', filled: true, size: 40 } },
      { data: { values: linear }, mark: { type: 'line', strokeDash: [4, 4], strokeWidth: 1 } },
    ],
  };
}
