// Times in words, only as exact as people need them.
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const second = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const minute = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** 300 ms, 1.2 s, 12 s, 4 min, 3 h, 2 d */
export function duration(millis) {
  const seconds = Math.max(0, millis) / 1000;
  if (seconds < 1) {
    return `${Math.round(millis)} ms`;
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 120) {
    return `${Math.round(seconds)} s`;
  }
  if (seconds < 7200) {
    return `${Math.round(seconds / 60)} min`;
  }
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export function age(iso, now = Date.now()) {
  return iso ? duration(now - Date.parse(iso)) : "";
}

export function moment(iso) {
  return iso ? clock.format(new Date(iso)) : "";
}

/** 10:51:07 */
export function clockOf(iso) {
  return second.format(new Date(iso));
}

/** 10:51 */
export function minuteOf(date) {
  return minute.format(date);
}

export function millisBetween(from, to) {
  return Date.parse(to) - Date.parse(from);
}
