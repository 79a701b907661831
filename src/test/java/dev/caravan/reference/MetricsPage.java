package dev.caravan.reference;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code docs/reference/metrics.md}, from where meters are registered. */
final class MetricsPage {
    private static final Pattern METER = Pattern.compile(
            "(\\w+)\\.builder\\(\\s*\"(caravan\\.[a-z.-]+)\"((?:(?!\\.builder\\().)*?)\\.register\\(", Pattern.DOTALL);
    private static final Pattern DESCRIPTION = Pattern.compile("\\.description\\(\\s*(" + Sources.LITERALS + ")");
    private static final Pattern TAG = Pattern.compile("\\.tag\\(\\s*\"([a-z-]+)\"");

    /** Registered without a builder, so without a description. */
    private static final Pattern BARE = Pattern.compile(
            "\\.(?:counter|gauge|timer|summary|gaugeCollectionSize|gaugeMapSize)\\(\\s*\"(caravan\\.[a-z.-]+)\"");

    private MetricsPage() {}

    /** A meter. */
    record Row(String type, String tags, String meaning) {}

    static Map<String, Row> meters() {
        Map<String, Row> meters = new TreeMap<>();
        Sources.java().forEach((file, source) -> {
            Matcher bare = BARE.matcher(source);
            if (bare.find()) {
                throw new IllegalStateException(bare.group(1) + " has no description: register it with a builder");
            }
            for (Matcher meter = METER.matcher(source); meter.find(); ) {
                Matcher description = DESCRIPTION.matcher(meter.group(3));
                if (!description.find()) {
                    throw new IllegalStateException(meter.group(2) + " has no description");
                }
                meters.put(
                        meter.group(2),
                        new Row(
                                meter.group(1).replace("Function", "").toLowerCase(java.util.Locale.ROOT),
                                TAG.matcher(meter.group(3))
                                        .results()
                                        .map(tag -> "`" + tag.group(1) + "`")
                                        .collect(Collectors.joining(", ")),
                                Sources.text(description.group(1))));
            }
        });
        return meters;
    }

    static String text() {
        StringBuilder page = new StringBuilder(
                """
                # Metrics

                `/actuator/prometheus` has all meters of a node in the format of Prometheus, `/actuator/metrics/{name}` one of them.
                In Prometheus the dots are underscores, a counter ends with `_total`, and a timer has `_seconds_count`,
                `_seconds_sum` and `_seconds_max`. Besides these there are the meters of Spring Boot, of the JVM and of the RabbitMQ
                client (`rabbitmq.*`).

                | meter | type | tags | meaning |
                |---|---|---|---|
                """);
        meters().forEach((name, row) -> page.append(
                "| `%s` | %s | %s | %s |\n".formatted(name, row.type(), row.tags(), Sources.cell(row.meaning()))));
        return page.toString();
    }
}
