package dev.caravan.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chaos.Site.Node;
import dev.caravan.fixture.Api.Answer;
import dev.caravan.fixture.RequiresRealBrokers;
import dev.caravan.job.store.JobIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** Nothing grows under an hour of jobs: {@code -Dcaravan.chaos.soak} says how many minutes. */
@RequiresRealBrokers
class SoakChaos {
    private static final int MINUTES = Integer.getInteger("caravan.chaos.soak", 60);

    /** What caches, pools and compiled code take, which are not full at once. */
    private static final int WARM_UP = Math.max(1, MINUTES / 10);

    @Test
    void nothingGrows() {
        Site site = Site.shared();
        List<Map<String, Double>> samples = new ArrayList<>();
        for (int minute = 0; minute < MINUTES; minute++) {
            Accounts accounts = new Accounts(site, "effect", 50);
            try (Accounts.Load load = accounts.load()) {
                load.limit(4); // half of what the workers could do
                Trial.hold(50);
            }
            Figures figures = accounts.settle(Duration.ofSeconds(60));
            assertThat(figures.isGood()).as(figures.stories()).isTrue();
            samples.add(sample(site));
            System.out.printf("minute %d: %s, %s%n", minute + 1, samples.get(minute), figures);
        }
        Map<String, Double> first = samples.get(Math.min(WARM_UP, samples.size() - 1));
        Map<String, Double> last = samples.get(samples.size() - 1);
        Results.addSoak(MINUTES, first, last);
        last.forEach((what, amount) -> assertThat(amount).as(what).isLessThanOrEqualTo(1.1 * first.get(what) + 10));
    }

    private static Map<String, Double> sample(Site site) {
        Map<String, Double> sample = new LinkedHashMap<>();
        for (Node node :
                Stream.of(site.apis, site.workers).flatMap(List::stream).toList()) {
            node.process.collectGarbage();
            sample.put("heap of " + node + ", MB", metric(node, "jvm.memory.used?tag=area:heap") / 1e6);
            sample.put("threads of " + node, metric(node, "jvm.threads.live"));
            sample.put("open files of " + node, metric(node, "process.files.open"));
        }
        sample.put("channels", (double) site.rabbit.channels().size());
        sample.put("queues", (double) site.rabbit.queues().size());
        sample.put("keys without expiry, but for ids by prefix", (double) keysWithoutExpiry(site));
        return sample;
    }

    private static double metric(Node node, String name) {
        Answer answer = node.process.api().get("/actuator/metrics/" + name);
        return answer.json()
                .getAsJsonArray("measurements")
                .get(0)
                .getAsJsonObject()
                .get("value")
                .getAsDouble();
    }

    /** Without the sets of ids by their first four digits: there are 65,536 of them after a while, and no more. */
    private static long keysWithoutExpiry(Site site) {
        long found = 0;
        try (JedisPooled redis = site.redis()) {
            String cursor = ScanParams.SCAN_POINTER_START;
            do {
                ScanResult<String> page = redis.scan(cursor, new ScanParams().count(1000));
                found += page.getResult().stream()
                        .filter(key -> !key.startsWith(JobIndex.IDS))
                        .filter(key -> redis.pttl(key) == -1)
                        .count();
                cursor = page.getCursor();
            } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        }
        return found;
    }
}
