const colours = ['#1f6feb', '#b3261e'];

/** Real and simulated recordings side by side, as a vega-lite specification: over time, columns and rows. */
export function drawing({ recordings, real, simulated }) {
  const rows = [
    ['real', real],
    ['simulated', simulated],
  ].flatMap(([kind, statistics]) =>
    ['time', 'columns', 'rows'].flatMap((what) =>
      statistics[what].flatMap((counts, p) =>
        counts.map((events, at) => ({
          kind,
          what,
          polarity: p === 1 ? 'ON' : 'OFF',
          at: what === 'time' ? 10 * at : at,
          events,
        })),
      ),
    ),
  );
  const titles = { time: 'time (ms), events per 10 ms', columns: 'column of the sensor', rows: 'row of the sensor' };
  const chart = (what) => ({
    data: { values: rows.filter((row) => row.what === what) },
    width: 250,
    height: 170,
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: { field: 'at', type: 'quantitative', title: titles[what] },
      y: { field: 'events', type: 'quantitative', title: what === 'time' ? 'events per recording' : null },
      color: { field: 'kind', type: 'nominal', title: null, scale: { range: colours }, legend: { orient: 'top' } },
      strokeDash: { field: 'polarity', type: 'nominal', title: null, legend: { orient: 'top' } },
    },
  });
  return {
    background: 'white',
    padding: 8,
    title: { text: `${recordings} recordings of N-MNIST, real and simulated: the same digits`, anchor: 'start' },
    hconcat: Object.keys(titles).map(chart),
    config: { font: 'sans-serif', axis: { labelFontSize: 11, titleFontSize: 12 } },
  };
}
