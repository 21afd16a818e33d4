/** The work of the inspection line that estimates are tested with: three developers, four retrainings of 50 GB a month. */
export const inspectionWork = {
  developers: 3,
  daysPerMonth: 20,
  sessionsPerDay: 1,
  hoursPerSession: 2,
  retrainingsPerMonth: 4,
  minutesPerRetraining: 30,
  dataGb: 50,
  growthGbPerMonth: 5,
  picturesPerMonth: 100_000,
  artifactGb: 0.1,
  link: { downMbps: 100, upMbps: 100 },
};

/** At this rate. */
export const inspectionExchange = { yenPerDollar: 150, date: '2026-11-01' };
