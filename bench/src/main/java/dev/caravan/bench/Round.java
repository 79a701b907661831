package dev.caravan.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one round of one system measured.
 *
 * @param system its title
 * @param x the value that a curve varies; 0: it is of no curve
 * @param figures by name, in the order of a table
 */
record Round(String system, int x, Map<String, Double> figures) {
    double figure(String name) {
        return figures.getOrDefault(name, Double.NaN);
    }

    static double[] sorted(List<Round> rounds, String system, String figure) {
        return rounds.stream()
                .filter(round -> round.system.equals(system))
                .mapToDouble(round -> round.figure(figure))
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
    }

    static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** A number with three digits or more. */
    static String text(double value) {
        double size = Math.abs(value);
        String format = size >= 100 || size == 0 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%-24s %s", system, x == 0 ? "" : x + ": ")
                + figures.entrySet().stream()
                        .map(figure -> figure.getKey() + ": " + text(figure.getValue()))
                        .collect(Collectors.joining("; "));
    }
}
