package dev.caravan.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How a figure of each system changes with x: a small table, and curves in SVG with medians as dots, from the lowest to the
 * highest as bars. The values of the x axis are evenly spaced, and the y axis is logarithmic.
 *
 * @param name of the file
 * @param title what the x axis has
 * @param figure what the y axis has
 */
record Plot(String name, String title, String figure, List<Round> rounds) {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 590;
    private static final int TOP = 50;
    private static final int BOTTOM = 350;
    private static final int LINE = 16;
    private static final List<String> COLOURS = List.of("#b45309", "#1d4ed8", "#15803d", "#7e22ce");
    private static final int[] STEPS = {1, 2, 5};

    String table() {
        List<Integer> xs = xs();
        StringBuilder table =
                new StringBuilder(figure).append(", by ").append(title).append(":\n\n");
        List<String> titles = new ArrayList<>(List.of(""));
        xs.forEach(x -> titles.add(String.format(Locale.ROOT, "%,d", x)));
        Table.line(table, titles);
        Table.line(table, Collections.nCopies(titles.size(), "---"));
        for (String system : systems()) {
            List<String> cells = new ArrayList<>(List.of(system));
            for (int x : xs) {
                double[] sorted = at(system, x);
                cells.add(sorted.length == 0 ? "" : Round.text(Round.median(sorted)));
            }
            Table.line(table, cells);
        }
        return table.toString();
    }

    String svg() {
        List<Integer> xs = xs();
        double[] all = rounds.stream()
                .mapToDouble(round -> round.figure(figure))
                .filter(value -> value > 0)
                .sorted()
                .toArray();
        double lowest = all.length == 0 ? 1 : all[0] / 1.5;
        double highest = all.length == 0 ? 10 : all[all.length - 1] * 1.2;
        Scale scale = new Scale(lowest, highest);
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='13'>",
                WIDTH,
                HEIGHT);
        add(svg, "<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
        add(svg, "<text x='%d' y='25' font-size='15'>%s, by %s</text>", LEFT, figure, title);
        for (double decade = 0.1; decade <= highest; decade *= 10) {
            for (int step : STEPS) {
                double y = scale.y(decade * step);
                if (decade * step >= lowest && y >= TOP) {
                    add(svg, "<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#ddd'/>", LEFT, y, RIGHT, y);
                    String value = decade < 1 ? "%.1f" : "%.0f";
                    add(
                            svg,
                            "<text x='%d' y='%.1f' text-anchor='end'>" + value + "</text>",
                            LEFT - 8,
                            y + 4,
                            decade * step);
                }
            }
        }
        for (int i = 0; i < xs.size(); i++) {
            double column = column(i, xs.size());
            add(svg, "<text x='%.1f' y='%d' text-anchor='middle'>%,d</text>", column, BOTTOM + 20, xs.get(i));
        }
        List<String> systems = systems();
        Map<String, Double> ends = new HashMap<>();
        for (int i = 0; i < systems.size(); i++) {
            ends.put(systems.get(i), curve(svg, systems.get(i), colour(i), xs, scale));
        }
        double lastName = 0;
        for (String system :
                systems.stream().sorted(Comparator.comparing(ends::get)).toList()) {
            lastName = Math.max(ends.get(system), lastName + LINE); // one below the other
            String colour = colour(systems.indexOf(system));
            add(svg, "<text x='%d' y='%.1f' fill='%s'>%s</text>", RIGHT + 8, lastName + 4, colour, system);
        }
        return svg.append("</svg>\n").toString();
    }

    private List<Integer> xs() {
        return rounds.stream().map(Round::x).distinct().sorted().toList();
    }

    private List<String> systems() {
        return rounds.stream().map(Round::system).distinct().toList();
    }

    private double[] at(String system, int x) {
        return Round.sorted(rounds.stream().filter(round -> round.x() == x).toList(), system, figure);
    }

    private static String colour(int system) {
        return COLOURS.get(system % COLOURS.size());
    }

    /** Returns where it ends. */
    private double curve(StringBuilder svg, String system, String colour, List<Integer> xs, Scale scale) {
        StringBuilder line = new StringBuilder();
        double y = 0;
        for (int i = 0; i < xs.size(); i++) {
            double[] sorted = at(system, xs.get(i));
            if (sorted.length == 0) {
                continue;
            }
            double column = column(i, xs.size());
            y = scale.y(Round.median(sorted));
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
        String points = line.toString().strip();
        add(svg, "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>", points, colour);
        return y;
    }

    private static double column(int i, int count) {
        return LEFT + (RIGHT - LEFT) * (i + 0.5) / count;
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** What is below it, such as a cost too small to be seen, is at its foot. */
    private record Scale(double lowest, double highest) {
        double y(double value) {
            double height = Math.log(Math.max(value, lowest) / lowest) / Math.log(highest / lowest);
            return BOTTOM - (BOTTOM - TOP) * height;
        }
    }
}
