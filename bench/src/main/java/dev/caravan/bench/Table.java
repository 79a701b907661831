package dev.caravan.bench;

import dev.caravan.bench.Peer.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What rounds under the same load have measured, as a table of Markdown: medians, with the lowest and the highest. */
record Table(int connections, int jobs, List<Round> rounds) {
    String markdown() {
        List<Kind> kinds = rounds.stream().map(Round::kind).distinct().sorted().toList();
        List<String> titles = new ArrayList<>(List.of(""));
        kinds.forEach(kind -> titles.add(kind.title));
        peers(kinds).forEach(peer -> titles.add("Caravan / " + peer.title));
        StringBuilder table = new StringBuilder("%d HTTP connections, rounds of %,d jobs, %d of each system:\n\n"
                .formatted(connections, jobs, rounds.size() / kinds.size()));
        line(table, titles);
        line(table, Collections.nCopies(titles.size(), "---"));
        row(table, kinds, "finished, a second", "%.0f", round -> round.load().finishedPerSecond());
        row(table, kinds, "accepted, a second", "%.0f", round -> round.load().acceptedPerSecond());
        row(table, kinds, "response p50, ms", "%.1f", round -> round.load().p50Millis());
        row(table, kinds, "response p99, ms", "%.1f", round -> round.load().p99Millis());
        row(table, kinds, "CPU of its processes, µs a job", "%.0f", Round::appMicros);
        row(table, kinds, "CPU of RabbitMQ, µs a job", "%.0f", Round::rabbitMicros);
        row(table, kinds, "CPU of Redis, µs a job", "%.0f", Round::redisMicros);
        row(table, kinds, "CPU of all three, µs a job", "%.0f", Round::allMicros);
        row(table, kinds, "lost jobs", "%.0f", round -> round.load().lost());
        return table.toString();
    }

    /** The systems that Caravan is compared with. */
    private static List<Kind> peers(List<Kind> kinds) {
        return kinds.contains(Kind.CARAVAN)
                ? kinds.stream().filter(kind -> kind != Kind.CARAVAN).toList()
                : List.of();
    }

    private void row(
            StringBuilder table, List<Kind> kinds, String name, String format, ToDoubleFunction<Round> figure) {
        List<String> cells = new ArrayList<>(List.of(name));
        for (Kind kind : kinds) {
            double[] sorted = sorted(rounds, kind, figure);
            String median = String.format(Locale.ROOT, format, median(sorted));
            String lowest = String.format(Locale.ROOT, format, sorted[0]);
            String highest = String.format(Locale.ROOT, format, sorted[sorted.length - 1]);
            cells.add(lowest.equals(highest) ? median : median + " (" + lowest + " to " + highest + ')');
        }
        for (Kind peer : peers(kinds)) {
            double other = median(sorted(rounds, peer, figure));
            cells.add(
                    other == 0
                            ? ""
                            : String.format(Locale.ROOT, "%.2f", median(sorted(rounds, Kind.CARAVAN, figure)) / other));
        }
        line(table, cells);
    }

    private static void line(StringBuilder table, List<String> cells) {
        table.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    static double[] sorted(List<Round> rounds, Kind kind, ToDoubleFunction<Round> figure) {
        return rounds.stream()
                .filter(round -> round.kind() == kind)
                .mapToDouble(figure)
                .sorted()
                .toArray();
    }

    static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
