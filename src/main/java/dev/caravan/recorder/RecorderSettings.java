package dev.caravan.recorder;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * Which attempts of jobs, and which exchanges of routes, are recorded step by step, and how much of them.
 *
 * @param types job types of which attempts are recorded; a {@code *} stands for any characters. None: of jobs nothing is recorded
 * @param routes ids of routes of events, of the chat and of destinations of STOMP that are recorded; a {@code *} stands for any
 *     characters. None: none is
 * @param errors whether every attempt, and every exchange of a route, that fails is recorded: the times of its steps, and the message of the one that failed
 * @param retries whether every attempt of a job after its first one is recorded, with its messages
 * @param sample of how many first attempts of a type, or exchanges of a route, one is recorded, by each node: 1 for all, 0 for none
 * @param perSecond how many recordings a node makes in a second at the most
 * @param maxSteps how many steps of an attempt, or exchange, are recorded: the first ones, or the latest ones if it has no messages
 * @param maxBody how many characters of a body are recorded
 * @param maxRecording how many characters of all bodies and headers a recording has
 * @param newest how many recordings of a type, or of a route, are kept
 * @param retention how long a recording is kept
 * @param maskNames parts of the names of headers and fields whose values are not recorded, besides those of passwords, tokens
 *     and keys
 * @param maskPaths paths of {@code jq} whose values are not recorded, such as {@code .customer.iban}
 */
@ConfigurationProperties("caravan.recorder")
public record RecorderSettings(
        @DefaultValue("*") Set<String> types,
        @DefaultValue("*") Set<String> routes,
        @DefaultValue("true") boolean errors,
        @DefaultValue("true") boolean retries,
        @DefaultValue("0") int sample,
        @DefaultValue("10") int perSecond,
        @DefaultValue("200") int maxSteps,
        @DefaultValue("4KB") DataSize maxBody,
        @DefaultValue("64KB") DataSize maxRecording,
        @DefaultValue("20") int newest,
        @DefaultValue("1h") Duration retention,
        @DefaultValue({"authorization", "cookie"}) Set<String> maskNames,
        @DefaultValue List<String> maskPaths) {
    private static final DataSize LARGEST = DataSize.ofMegabytes(1);

    public RecorderSettings {
        types = Set.copyOf(types);
        routes = Set.copyOf(routes);
        maskNames = Set.copyOf(maskNames);
        maskPaths = List.copyOf(maskPaths);
        Assert.isTrue(sample >= 0, "caravan.recorder.sample must not be negative");
        Assert.isTrue(perSecond >= 1, "caravan.recorder.per-second must be 1 at the least");
        Assert.isTrue(maxSteps >= 1, "caravan.recorder.max-steps must be 1 at the least");
        requireUpTo(LARGEST, maxBody, "max-body");
        requireUpTo(LARGEST, maxRecording, "max-recording");
        Assert.isTrue(newest >= 1, "caravan.recorder.newest must be 1 at the least");
        Assert.isTrue(retention.toMillis() >= 1, "caravan.recorder.retention must be 1ms at the least");
        maskPaths.forEach(MaskPath::new);
    }

    private static void requireUpTo(DataSize largest, DataSize size, String name) {
        Assert.isTrue(
                !size.isNegative() && size.compareTo(largest) <= 0,
                "caravan.recorder." + name + " must be " + largest.toMegabytes() + "MB at the most");
    }

    boolean isOffForJobs() {
        return types.isEmpty() || !errors && !retries && sample == 0;
    }

    boolean isOffForRoutes() {
        return routes.isEmpty() || !errors && sample == 0;
    }
}
