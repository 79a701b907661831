package dev.caravan.chaos;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code docs/reference/reliability.md}: the faults of the harness, and what became of the jobs. */
final class ReliabilityPage {
    static final Path FILE = Path.of("docs/reference/reliability.md");

    private static final String HEAD =
            """
            <!-- Made by a run: ./mvnw -Pchaos verify -Dcaravan.chaos.write=true writes this page. -->
            # Reliability

            What becomes of jobs while nodes, networks and servers fail, as measured. Two nodes accept jobs, two others work
            them, and up to 200 jobs wait when a fault begins. Each node reaches RabbitMQ and Redis through a proxy of the test.
            A client submits without a pause, every fourth job with an `Idempotency-Key`. It notes each response, and the
            handler notes each begin and each end in a Redis of its own.

            | column | what it counts | promise |
            |---|---|---|
            | lost | jobs with 202 that did not finish within 90 s of the last fault, or finished without a whole run | 0 |
            | ran | jobs that got 503 each time, of which a run began | 0 |
            | doubled | jobs with two whole runs, though nobody killed, froze or cut off the node of the first one | 0 |
            | keys | keys with two jobs, with the payload of another request, or with 422 for the right one | 0 |
            | other | further responses than 202 and 503, and jobs or messages that are left over | 0 |
            | after a crash | jobs with two whole runs, whose first node was killed, frozen or cut off in between | may be: [at least once](../explanation/guarantees.md#at-least-once-seen-once) |
            | unknown | submissions without a response: the job may run or not | may be |

            A row whose promises do not all hold says **falls short**. Rounds "of at most 5 s" were run with shorter faults.
            `limitHolds` says how many jobs ran at the same time, at the most, and how many of those that began in a failover: there
            may be twice as many as the limits say.

            """;

    private static final String TAIL =
            """

            ## Repeat it

            `./mvnw -Pchaos verify` runs all rows in some hours and prints their figures. It needs what the integration tests need,
            and `libfaketime` for `clockStepped`. One row:

            ```console
            $ ./mvnw -Pchaos verify -Dit.test=NodesChaos#workerKilled
            ```

            `-Dcaravan.chaos.rounds=2` limits the rounds of each row, `-Dcaravan.chaos.seconds=5` the length of each fault. `.ci/run`
            runs a few rows so. `./mvnw -Pchaos verify -Dit.test=SoakChaos -Dcaravan.chaos.soak=60` runs a load for 60 minutes and
            checks that heap, threads, files, channels, queues and keys without expiry do not grow.

            ## RabbitMQ 4

            The figures are those of RabbitMQ 3.10, which Debian has. What differs in 4.x:

            - **A quorum queue drops a message that it has delivered 20 times** (`delivery-limit`; none before 4.0).
              The [definitions](../how-to/run-a-cluster.md) set 1000 by policy. A job whose message is dropped stays in Redis and is
              [sent again](jobs.md#attempts), so nothing is lost. Caravan returns a message only when the route around the job fails,
              a second later each time; a foreign consumer may do so more often.
            - **A message is at most 16 MiB** (`max_message_size`; 128 MiB before). A job message is at most `caravan.jobs.max-payload`
              and 64 KiB, 1 MB by default; an event is at most 256 KB. Raise `max_message_size` together with `max-payload`.
            - **Queues that are neither durable nor exclusive are deprecated**, and refused from 4.3 on. Caravan declares none:
              the queues of jobs and of durable subscriptions are durable, those of a node are exclusive.
            - **Mirrored classic queues are gone.** Caravan uses quorum queues where there are three nodes
              ([run a cluster](../how-to/run-a-cluster.md)).
            """;

    private ReliabilityPage() {}

    static String text(Map<Row, Results> results, String soak) {
        StringBuilder text = new StringBuilder(HEAD);
        for (String test : List.of(
                "NodesChaos", "ServersChaos", "LinksChaos", "ControlChaos", "PublicationsChaos", "ClusterChaos")) {
            text.append("## ").append(title(test)).append("\n\n");
            text.append(
                    "| fault | rounds | accepted | rejected | unknown | lost | ran | doubled | keys | other | after a crash | test |\n");
            text.append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
            for (Row row : Row.values()) {
                if (row.test.equals(test)) {
                    text.append(line(row, results.get(row)));
                }
            }
            text.append('\n');
        }
        return text.append("## An hour of jobs\n\n").append(soak).append(TAIL).toString();
    }

    private static String title(String test) {
        return switch (test) {
            case "NodesChaos" -> "Nodes";
            case "ServersChaos" -> "RabbitMQ and Redis";
            case "LinksChaos" -> "The network";
            case "ControlChaos" -> "Control of jobs";
            case "PublicationsChaos" -> "Publications of route files";
            default -> "Three RabbitMQ and three Redis";
        };
    }

    private static String line(Row row, Results result) {
        String name = "`" + row.test + "#" + row.method() + "`";
        if (result == null) {
            return "| %s | not run | | | | | | | | | | %s |%n".formatted(row.fault, name);
        }
        String broken = Figures.PROMISES.stream()
                .map(promise -> result.broken().get(promise).toString())
                .collect(Collectors.joining(" | "));
        boolean good = result.broken().values().stream().allMatch(count -> count == 0);
        String cut = result.cut() == null ? "" : " (of at most " + result.cut() + " s)";
        String own = result.counts().entrySet().stream()
                .filter(count -> !Figures.COUNTS.contains(count.getKey()))
                .map(count -> count.getValue() + " " + count.getKey())
                .collect(Collectors.joining(", "));
        return "| %s | %d%s | %d | %d | %d | %s | %d | %s |%n"
                .formatted(
                        row.fault + (own.isEmpty() ? "" : " (" + own + ")") + (good ? "" : ": **falls short**"),
                        result.rounds(),
                        cut,
                        result.counts().get("accepted"),
                        result.counts().get("rejected"),
                        result.counts().get("unknown"),
                        broken,
                        result.counts().get("doubled after a crash"),
                        name);
    }
}
