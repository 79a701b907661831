package dev.caravan.bench;

import dev.caravan.bench.Peer.Kind;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The CPU that a job costs a system's own processes, as a curve for each system, in SVG: medians as dots, from the lowest to the
 * highest as bars. The values of the x axis are evenly spaced, and the y axis is logarithmic.
 *
 * @param x what the x axis has of each round
 */
record Plot(String title, List<Round> rounds, ToIntFunction<Round> x) {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 600;
    private static final int TOP = 50;
    private static final int BOTTOM = 350;
    private static final int LINE = 16;
    private static final List<String> COLOURS = List.of("#b45309", "#1d4ed8", "#15803d");
    private static final int[] STEPS = {1, 2, 5};

    String svg() {
        List<Integer> xs =
                rounds.stream().map(x::applyAsInt).distinct().sorted().toList();
        double lowest = rounds.stream().mapToDouble(Round::appMicros).min().orElseThrow();
        double highest = rounds.stream().mapToDouble(Round::appMicros).max().orElseThrow();
        Scale scale = new Scale(Math.log(lowest / 1.5), Math.log(highest * 1.2));
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='13'>",
                WIDTH,
                HEIGHT);
        add(svg, "<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
        add(svg, "<text x='%d' y='25' font-size='15'>µs of CPU a job, by %s</text>", LEFT, title);
        for (double decade = 1; decade <= highest * 1.2; decade *= 10) {
            for (int step : STEPS) {
                double y = scale.y(decade * step);
                if (y <= BOTTOM && y >= TOP) {
                    add(svg, "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#ddd'/>", LEFT, y, RIGHT, y);
                    add(svg, "<text x='%d' y='%.1f' text-anchor='end'>%.0f</text>", LEFT - 8, y + 4, decade * step);
                }
            }
        }
        for (int i = 0; i < xs.size(); i++) {
            add(
                    svg,
                    "<text x='%.1f' y='%d' text-anchor='middle'>%,d</text>",
                    column(i, xs.size()),
                    BOTTOM + 20,
                    xs.get(i));
        }
        List<Kind> kinds = rounds.stream().map(Round::kind).distinct().sorted().toList();
        Map<Kind, Double> ends = new EnumMap<>(Kind.class);
        kinds.forEach(kind -> ends.put(kind, curve(svg, kind, xs, scale)));
        double lastName = 0;
        for (Kind kind : kinds.stream().sorted(Comparator.comparing(ends::get)).toList()) {
            lastName = Math.max(ends.get(kind), lastName + LINE); // one below the other
            add(svg, "<text x='%d' y='%.1f' fill='%s'>%s</text>", RIGHT + 8, lastName + 4, colour(kind), kind.title);
        }
        return svg.append("</svg>\n").toString();
    }

    private static String colour(Kind kind) {
        return COLOURS.get(kind.ordinal() % COLOURS.size());
    }

    /** Returns where it ends. */
    private double curve(StringBuilder svg, Kind kind, List<Integer> xs, Scale scale) {
        String colour = colour(kind);
        StringBuilder line = new StringBuilder();
        double y = 0;
        for (int i = 0; i < xs.size(); i++) {
            int value = xs.get(i);
            double[] sorted = Table.sorted(
                    rounds.stream()
                            .filter(round -> x.applyAsInt(round) == value)
                            .toList(),
                    kind,
                    Round::appMicros);
            double column = column(i, xs.size());
            y = scale.y(Table.median(sorted));
            add(
                    svg,
                    "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s' stroke-opacity='0.5'/>",
                    column,
                    scale.y(sorted[0]),
                    column,
                    scale.y(sorted[sorted.length - 1]),
                    colour);
            add(svg, "<circle cx='%.1f' cy='%.1f' r='4' fill='%s'/>", column, y, colour);
            line.append(String.format(Locale.ROOT, "%.1f,%.1f ", column, y));
        }
        add(
                svg,
                "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>",
                line.toString().strip(),
                colour);
        return y;
    }

    private static double column(int i, int count) {
        return LEFT + (RIGHT - LEFT) * (i + 0.5) / count;
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private record Scale(double from, double to) {
        double y(double value) {
            return BOTTOM - (BOTTOM - TOP) * (Math.log(value) - from) / (to - from);
        }
    }
}
