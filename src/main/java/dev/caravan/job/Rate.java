package dev.caravan.job;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many attempts may begin in a time, as {@code 10/s} or {@code 500/h} says. Immutable.
 *
 * @param count at least 1
 * @param unit {@code s}, {@code m}, {@code h} or {@code d}
 */
public record Rate(int count, char unit) {
    private static final Pattern TEXT = Pattern.compile("([1-9]\\d{0,5})/([smhd])");

    /** @throws IllegalArgumentException if the text is no rate */
    static Rate of(String text) {
        Matcher rate = TEXT.matcher(text);
        if (!rate.matches()) {
            throw new IllegalArgumentException("must be a rate such as 10/s, 100/m, 500/h or 1000/d");
        }
        return new Rate(Integer.parseInt(rate.group(1)), rate.group(2).charAt(0));
    }

    private Duration period() {
        return switch (unit) {
            case 's' -> Duration.ofSeconds(1);
            case 'm' -> Duration.ofMinutes(1);
            case 'h' -> Duration.ofHours(1);
            default -> Duration.ofDays(1);
        };
    }

    /** From one to the next, in microseconds. */
    public long intervalMicros() {
        return Math.max(1, period().toNanos() / 1000 / count);
    }

    /** How many may begin at once after a pause: as many as a second lets through. */
    public int burst() {
        return (int) Math.max(1, count / period().toSeconds());
    }

    @Override
    public String toString() {
        return count + "/" + unit;
    }
}
