package dev.caravan.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What rounds under the same load have measured, as a table of Markdown: medians, and in brackets the lowest and the highest.
 *
 * @param rounds the systems take the columns in the order in which they come first here
 * @param ours the systems that are compared with each of {@code peers}
 */
record Table(String caption, List<Round> rounds, List<String> ours, List<String> peers) {
    String markdown() {
        List<String> systems = rounds.stream().map(Round::system).distinct().toList();
        Set<String> figures = new LinkedHashSet<>();
        rounds.forEach(round -> figures.addAll(round.figures().keySet()));
        List<String[]> ratios = new ArrayList<>();
        for (String our : ours) {
            for (String peer : peers) {
                if (systems.contains(our) && systems.contains(peer)) {
                    ratios.add(new String[] {our, peer});
                }
            }
        }
        StringBuilder table = new StringBuilder(caption).append(":\n\n");
        List<String> titles = new ArrayList<>(List.of(""));
        titles.addAll(systems);
        ratios.forEach(pair -> titles.add(pair[0] + " / " + pair[1]));
        line(table, titles);
        line(table, Collections.nCopies(titles.size(), "---"));
        for (String figure : figures) {
            List<String> cells = new ArrayList<>(List.of(figure));
            systems.forEach(system -> cells.add(cell(Round.sorted(rounds, system, figure))));
            ratios.forEach(pair ->
                    cells.add(ratio(Round.sorted(rounds, pair[0], figure), Round.sorted(rounds, pair[1], figure))));
            line(table, cells);
        }
        return table.toString();
    }

    private static String cell(double[] sorted) {
        if (sorted.length == 0) {
            return "";
        }
        String median = Round.text(Round.median(sorted));
        String lowest = Round.text(sorted[0]);
        String highest = Round.text(sorted[sorted.length - 1]);
        return lowest.equals(highest) ? median : median + " (" + lowest + " to " + highest + ')';
    }

    private static String ratio(double[] our, double[] peer) {
        double divisor = peer.length == 0 ? 0 : Round.median(peer);
        return divisor == 0 || our.length == 0 ? "" : Round.text(Round.median(our) / divisor);
    }

    static void line(StringBuilder table, List<String> cells) {
        table.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
