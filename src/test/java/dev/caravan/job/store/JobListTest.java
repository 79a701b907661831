package dev.caravan.job.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.Mockito.mock;

import dev.caravan.job.Job;
import dev.caravan.job.JobFilter;
import dev.caravan.job.JobState;
import dev.caravan.job.JobTransition;
import dev.caravan.job.Settings;
import dev.caravan.job.TestRedis;
import dev.caravan.job.http.JobJson;
import dev.caravan.job.store.JobList.Cursor;
import dev.caravan.job.store.JobList.Page;
import dev.caravan.job.store.JobList.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.data.redis.core.RedisCallback;

@Timeout(120)
class JobListTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private JobStore store;
    private JobList list;

    @BeforeEach
    void open() {
        store = new JobStore(REDIS.template(), List.of(), Settings.defaults(), REDIS.executor());
        list = new JobList(
                REDIS.template(),
                new JobHashes(REDIS.template()),
                new JobIndex(REDIS.template(), new JobHashes(REDIS.template()), mock(), Settings.defaults()));
    }

    @AfterEach
    void close() {
        store.destroy();
    }

    @Test
    void anEmptyListHasOneEmptyPage() {
        assertThat(list.page(new Query(JobFilter.in(null, null), 10, null, "ada")))
                .isEqualTo(new Page(List.of(), null));
    }

    @Test
    void theNewestComesFirst() {
        fill(25, i -> 1000L + i, i -> job("QUEUED", "hello"));

        Page page = list.page(new Query(JobFilter.in(null, null), 10, null, "ada"));

        assertThat(ids(page)).containsExactlyElementsOf(names(24, 15));
        assertThat(page.next()).isEqualTo(new Cursor(1015, name(15)));
    }

    @Test
    void pagesFollowOneAnotherToTheEnd() {
        fill(25, i -> 1000L + i, i -> job("QUEUED", "hello"));

        assertThat(pages(null, null, 10)).flatExtracting(JobListTest::ids).containsExactlyElementsOf(names(24, 0));
    }

    @Test
    void jobsOfTheSameMillisecondAreEachListedOnce() {
        fill(1000, i -> 1000L, i -> job("QUEUED", "hello"));

        assertThat(pages(null, null, 7)).flatExtracting(JobListTest::ids).containsExactlyElementsOf(names(999, 0));
    }

    @Test
    void idsWithDashesKeepTheirPlace() {
        for (String id : List.of("a-1", "a-2", "-", "--1")) {
            add(id, 1000, job("QUEUED", "hello"));
        }

        assertThat(pages(null, null, 1)).flatExtracting(JobListTest::ids).containsExactly("a-2", "a-1", "--1", "-");
    }

    @Test
    void aJobThatComesInMeanwhileDoesNotDisturbTheNextPage() {
        fill(10, i -> 1000L + i, i -> job("QUEUED", "hello"));
        Page first = list.page(new Query(JobFilter.in(null, null), 4, null, "ada"));
        add("new", 5000, job("QUEUED", "hello"));

        assertThat(ids(list.page(new Query(JobFilter.in(null, null), 4, first.next(), "ada"))))
                .containsExactlyElementsOf(names(5, 2));
    }

    @Test
    void onlyJobsOfAStateAreListed() {
        fill(500, i -> 1000L + i, i -> job(i % 100 == 0 ? "FAILED" : "FINISHED", "hello"));

        assertThat(pages(JobState.FAILED, null, 2))
                .flatExtracting(JobListTest::ids)
                .containsExactly(name(400), name(300), name(200), name(100), name(0));
    }

    @Test
    void onlyJobsOfATypeAreListed() {
        fill(10, i -> 1000L + i, i -> job("FINISHED", i == 3 ? "totals" : "hello"));
        add("foreign", 1, Map.of("status", "0"));

        assertThat(pages(null, "totals", 10)).flatExtracting(JobListTest::ids).containsExactly(name(3));
        assertThat(pages(JobState.FINISHED, "default", 10))
                .flatExtracting(JobListTest::ids)
                .containsExactly("foreign");
        assertThat(pages(JobState.QUEUED, "totals", 10))
                .flatExtracting(JobListTest::ids)
                .isEmpty();
    }

    @Test
    void rareJobsAreFoundAmongManyWithoutLookingAtOthers() {
        fill(20_000, i -> 1000L + i, i -> job(i % 5000 == 7 ? "FAILED" : "FINISHED", i % 9000 == 3 ? "rare" : "hello"));
        resetStatistics();

        Page failed = list.page(new Query(JobFilter.in(JobState.FAILED, null), 50, null, "ada"));
        Page rare = list.page(new Query(JobFilter.in(null, "rare"), 50, null, "ada"));
        Page none = list.page(new Query(JobFilter.in(JobState.RETRYING, "rare"), 50, null, "ada"));

        assertThat(ids(failed)).containsExactly(name(15_007), name(10_007), name(5007), name(7));
        assertThat(ids(rare)).containsExactly(name(18_003), name(9003), name(3));
        assertThat(List.of(failed, rare, none))
                .allSatisfy(page -> assertThat(page.next()).isNull());
        assertThat(none.jobs()).isEmpty();
        assertThat(calls("hmget")).isEqualTo(7);
    }

    @Test
    void aPageCostsThisMuchOfRedisAndNoMore() {
        fill(20_000, i -> 1000L + i, i -> job(i % 2 == 0 ? "FINISHED" : "FAILED", "type-" + i % 7));
        resetStatistics();

        Page page = list.page(new Query(JobFilter.in(null, null), 200, new Cursor(15_000, name(14_000)), "ada"));

        assertThat(ids(page)).containsExactlyElementsOf(names(13_999, 13_800));
        assertThat(calls("hmget")).isEqualTo(201);
        assertThat(calls("zrevrangebyscore")).isEqualTo(7 * 9);
    }

    @Test
    void entriesThatAreWrongArePassedOver() {
        fill(1000, i -> 1000L + i, i -> job("FINISHED", "hello"));
        String failed = JobIndex.key(JobState.FAILED, "hello");
        for (int i = 1; i < 1000; i++) {
            REDIS.template().opsForZSet().add(failed, name(i), 1000 + i);
        }
        REDIS.put(name(0), job("FAILED", "hello"));
        REDIS.template().opsForZSet().add(failed, name(0), 1000);

        assertThat(pages(JobState.FAILED, null, 10))
                .flatExtracting(JobListTest::ids)
                .containsExactly(name(0));
        assertThat(pages(null, null, 10)).flatExtracting(JobListTest::ids).containsExactlyElementsOf(names(999, 0));
    }

    @Test
    void jobsOfManyTypesAndStatesAreOneListWithoutGaps() {
        List<JobState> states = List.copyOf(JobIndex.STATES);
        fill(3000, i -> 1000L + i / 3, i -> job(states.get(i % 6).name(), "type-" + i % 5));

        assertThat(pages(null, null, 37)).flatExtracting(JobListTest::ids).containsExactlyElementsOf(names(2999, 0));
        assertThat(pages(null, "type-2", 37)).flatExtracting(JobListTest::ids).hasSize(600);
        assertThat(pages(JobState.RETRYING, null, 37))
                .flatExtracting(JobListTest::ids)
                .hasSize(500);
    }

    @Test
    void aJobThatGoesOnWhilePagesAreReadIsListedOnce() {
        fill(10, i -> 1000L + i, i -> job("QUEUED", "hello"));
        Page first = list.page(new Query(JobFilter.in(null, null), 4, null, "ada"));
        for (int i = 0; i < 10; i++) {
            REDIS.put(name(i), job("RUNNING", "hello"));
            REDIS.template().opsForZSet().add(JobIndex.key(JobState.RUNNING, "hello"), name(i), 1000 + i);
        }

        assertThat(ids(list.page(new Query(JobFilter.in(null, null), 10, first.next(), "ada"))))
                .containsExactlyElementsOf(names(5, 0));
    }

    @Test
    void jobsAreFoundByTheBeginOfTheirIds() {
        fill(20_000, i -> 1000L + i, i -> job("FINISHED", "hello"));
        REDIS.template().delete("Job:" + name(12_340));

        assertThat(ids(list.page(new Query(JobFilter.startingWith("job-1234"), 50, null, "ada"))))
                .containsExactlyElementsOf(IntStream.range(12_341, 12_350)
                        .mapToObj(JobListTest::name)
                        .toList());
        assertThat(ids(list.page(new Query(JobFilter.startingWith(name(777)), 50, null, "ada"))))
                .containsExactly(name(777));
        assertThat(ids(list.page(new Query(JobFilter.startingWith("job-"), 3, null, "ada"))))
                .containsExactly(name(0), name(1), name(2));
        assertThat(list.page(new Query(JobFilter.startingWith("job-2"), 50, null, "ada")))
                .isEqualTo(new Page(List.of(), null));
    }

    @Test
    void jobsAreFoundByTheirErrorAndTheTimeOfTheirSubmission() {
        fill(
                1000,
                i -> 1000L + i,
                i -> i % 10 == 3
                        ? Map.of(
                                "state",
                                "FAILED",
                                "type",
                                "hello",
                                "status",
                                "4",
                                "errorType",
                                i == 503 ? "Rare" : "Often")
                        : Map.of("state", "FINISHED", "type", "hello", "status", "0", "errorType", "Rare"));

        assertThat(ids(list.page(query("error=Rare", 10, null)))).containsExactly(name(503));
        assertThat(ids(list.page(
                        query("error=Often&from=1970-01-01T00:00:01.013Z&to=1970-01-01T00:00:01.043Z", 10, null))))
                .containsExactly(name(33), name(23), name(13));
        assertThat(ids(list.page(query("from=1970-01-01T00:00:01.998Z", 10, null))))
                .containsExactly(name(999), name(998));
        Page first = list.page(query("to=1970-01-01T00:00:01.500Z", 2, null));
        assertThat(ids(first)).containsExactly(name(499), name(498));
        assertThat(ids(list.page(query("to=1970-01-01T00:00:01.500Z", 1, first.next()))))
                .containsExactly(name(497));
    }

    @Test
    void jobsAreFoundByATagOfTheirs() {
        for (int i = 0; i < 4; i++) {
            Job job = Job.create(name(i), i == 3 ? "other" : "hello", null, "t");
            JobTransition submitted = JobTransition.submitted(job, null, Duration.ofDays(1));
            store.write(i == 0 ? submitted : submitted.tagged(List.of("mail", "customer:" + i)))
                    .join();
        }

        assertThat(ids(list.page(query("tag=mail", 10, null)))).containsExactlyInAnyOrder(name(1), name(2), name(3));
        assertThat(ids(list.page(query("tag=mail&type=other", 10, null)))).containsExactly(name(3));
        assertThat(ids(list.page(query("tag=customer:2&state=queued", 10, null))))
                .containsExactly(name(2));
        assertThat(ids(list.page(query("tag=customer:2&state=failed", 10, null))))
                .isEmpty();
        assertThat(ids(list.page(query("tag=mail&id=" + name(1), 10, null)))).containsExactly(name(1));
        assertThat(list.count(query("tag=mail", 10, null).filter()).jobs()).isEqualTo(3);
        assertThat(REDIS.template().opsForSet().members(JobIndex.TAGS))
                .containsExactlyInAnyOrder("mail", "customer:1", "customer:2", "customer:3");
    }

    @Test
    void theBeginOfAnIdGoesWithOtherFiltersAndHasPages() {
        fill(
                300,
                i -> 1000L + i,
                i -> Map.of(
                        "state",
                        "FAILED",
                        "type",
                        "hello",
                        "status",
                        "4",
                        "errorType",
                        i % 2 == 0 ? "Even" : "Odd",
                        "createdAt",
                        "" + (1000 + i)));

        Page first = list.page(query("id=job-00&error=Odd&from=1970-01-01T00:00:01.100Z", 60, null));
        assertThat(ids(first)).hasSize(60).startsWith(name(101), name(103)).endsWith(name(219));
        Page second = list.page(query("id=job-00&error=Odd&from=1970-01-01T00:00:01.100Z", 60, first.next()));
        assertThat(ids(second)).hasSize(40).startsWith(name(221)).endsWith(name(299));
        assertThat(second.next()).isNull();
    }

    @Test
    void aSearchReadsSoManyJobsAndSaysThatItGoesOn() {
        fill(
                20_000,
                i -> 1000L + i,
                i -> Map.of("state", "FAILED", "type", "hello", "status", "4", "errorType", i == 7 ? "Rare" : "Often"));
        resetStatistics();

        Page first = list.page(query("error=Rare", 200, null));

        assertThat(first.partial()).isTrue();
        assertThat(first.jobs()).isEmpty();
        assertThat(calls("hmget")).isEqualTo(JobList.MOST_READ);
        assertThat(JobJson.page(first)).contains("\"next\"", "\"partial\":true");
        Page byId = list.page(query("id=job-&error=Rare", 200, null));
        assertThat(ids(byId)).containsExactly(name(7));
        assertThat(byId.partial()).isTrue();
        List<String> found = new ArrayList<>();
        for (Page page = first; page.next() != null; ) {
            page = list.page(query("error=Rare", 200, page.next()));
            found.addAll(ids(page));
        }
        assertThat(found).containsExactly(name(7));
    }

    private static Query query(String parameters, int limit, Cursor after) {
        Map<String, String> values = Arrays.stream(parameters.split("&"))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        return new Query(JobFilter.of(values::get), limit, after, "ada");
    }

    @Test
    void moreJobsOfOneMillisecondThanAreLookedAtEndNoList() {
        fill(2500, i -> i == 0 ? 999L : 1000L, i -> job("FINISHED", "hello"));

        List<Page> pages = pages(null, null, 200);

        assertThat(pages).hasSizeLessThan(20);
        assertThat(pages)
                .flatExtracting(JobListTest::ids)
                .doesNotHaveDuplicates()
                .contains(name(0), name(2499));
    }

    @Test
    void aCursorWhoseJobIsForgottenKeepsItsPlace() {
        fill(10, i -> 1000L + i / 5, i -> job("FINISHED", "hello"));
        Page first = list.page(new Query(JobFilter.in(null, null), 3, null, "ada"));
        String key = JobIndex.key(JobState.FINISHED, "hello");
        REDIS.template().opsForZSet().remove(key, first.next().id());
        REDIS.template().opsForZSet().add(key, first.next().id(), 9999); // its key came again

        assertThat(ids(list.page(new Query(JobFilter.in(null, null), 10, first.next(), "ada"))))
                .containsExactlyElementsOf(names(6, 0));
    }

    @Test
    void oneUserHasFewListsReadAtTheSameTimeAndOthersHaveTheirs() throws Exception {
        fill(10, i -> 1000L + i, i -> job("FINISHED", "hello"));
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            CyclicBarrier begin = new CyclicBarrier(13);
            List<Future<Page>> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                String user = i < 10 ? "ada" : "olga";
                all.add(threads.submit(() -> {
                    begin.await();
                    return list.page(new Query(JobFilter.in(null, null), 10, null, user));
                }));
            }
            REDIS.template().execute((RedisCallback<Object>) connection ->
                    connection.execute("CLIENT", "PAUSE".getBytes(), "1500".getBytes())); // they are all under way
            begin.await(20, TimeUnit.SECONDS);
            List<String> outcomes = new ArrayList<>();
            for (Future<Page> each : all) {
                try {
                    outcomes.add("" + each.get(20, TimeUnit.SECONDS).jobs().size());
                } catch (ExecutionException e) {
                    outcomes.add(e.getCause().getClass().getSimpleName());
                }
            }
            assertThat(outcomes.subList(0, 10)).containsOnly("10", "LimitExceeded");
            assertThat(outcomes.subList(0, 10)).filteredOn("10"::equals).hasSize(4);
            assertThat(outcomes.subList(10, 12)).containsOnly("10");
        } finally {
            threads.shutdown();
        }
        assertThat(list.page(new Query(JobFilter.in(null, null), 10, null, "ada"))
                        .jobs())
                .hasSize(10);
    }

    @Test
    void jobsThatHaveExpiredAreLeftOut() {
        fill(4, i -> 1000L + i, i -> job("FINISHED", "hello"));
        REDIS.template().delete("Job:" + name(2));

        assertThat(pages(null, null, 10)).flatExtracting(JobListTest::ids).containsExactly(name(3), name(1), name(0));
    }

    @Test
    void aKeyThatIsNoHashAndAForeignStateHideNothing() {
        fill(3, i -> 1000L + i, i -> job("FINISHED", "hello"));
        REDIS.template().opsForZSet().add(JobIndex.key(JobState.FINISHED, "hello"), "text", 5000);
        REDIS.template().opsForValue().set("Job:text", "not a hash");
        add("odd", 6000, Map.of("status", "1", "state", "in progress"));

        assertThat(pages(null, null, 10))
                .flatExtracting(JobListTest::ids)
                .containsExactly("odd", name(2), name(1), name(0));
        assertThat(JobJson.page(list.page(new Query(JobFilter.in(null, null), 10, null, "ada"))))
                .contains("\"RUNNING\"");
    }

    @Test
    void payloadAndResultAreNotInTheList() {
        add("1", 1000, Map.of("status", "0", "payload", "{}", "result", "large", "token", "secret"));

        assertThat(list.page(new Query(JobFilter.in(null, null), 1, null, "ada"))
                        .jobs())
                .containsExactly(Map.of("id", "1", "status", "0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000-a", "1000-a-b", "1000--", "9223372036854775807-a"})
    void aCursorIsReadAsItIsWritten(String text) {
        assertThat(Cursor.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "1000",
                "1000-",
                "-1000-a",
                "x-a",
                "1000-a b",
                "1000-../a",
                "1.5-a",
                "9223372036854775808-a"
            })
    void whatIsNoCursorIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Cursor.parse(text));
    }

    private List<Page> pages(JobState state, String type, int limit) {
        List<Page> pages = new ArrayList<>();
        Cursor next = null;
        do {
            Page page = list.page(new Query(JobFilter.in(state, type), limit, next, "ada"));
            assertThat(page.jobs()).hasSizeLessThanOrEqualTo(limit);
            pages.add(page);
            next = page.next() == null ? null : Cursor.parse(page.next().toString());
        } while (next != null);
        return pages;
    }

    private static void resetStatistics() {
        REDIS.template().execute((RedisCallback<Object>) connection -> {
            connection.serverCommands().resetConfigStats();
            return null;
        });
    }

    private static int calls(String command) {
        Properties stats = REDIS.template().execute((RedisCallback<Properties>)
                connection -> connection.serverCommands().info("commandstats"));
        String counts = stats.getProperty("cmdstat_" + command);
        return counts == null ? 0 : Integer.parseInt(counts.replaceAll("calls=(\\d+),.*", "$1"));
    }

    private static List<String> ids(Page page) {
        return page.jobs().stream().map(job -> job.get("id")).toList();
    }

    private static String name(int number) {
        return "job-%05d".formatted(number);
    }

    private static List<String> names(int from, int downTo) {
        return IntStream.rangeClosed(0, from - downTo)
                .mapToObj(i -> name(from - i))
                .toList();
    }

    private static Map<String, String> job(String state, String type) {
        return Map.of("state", state, "type", type, "status", "1");
    }

    private static void add(String id, long time, Map<String, String> hash) {
        REDIS.put(id, hash);
        String type = Job.typeOf(hash.get("type"));
        REDIS.template().opsForSet().add(JobIndex.TYPES, type);
        REDIS.template().opsForZSet().add(JobIndex.key(Job.stateOf(hash), type), id, time);
        REDIS.template().opsForZSet().add(JobIndex.idsKey(id), id, 0);
    }

    private static void fill(int count, IntFunction<Long> time, IntFunction<Map<String, String>> hash) {
        REDIS.template().executePipelined((RedisCallback<Void>) connection -> {
            for (int i = 0; i < count; i++) {
                Map<byte[], byte[]> fields = new java.util.HashMap<>();
                Map<String, String> job = hash.apply(i);
                byte[] key = JobIndex.key(Job.stateOf(job), job.get("type")).getBytes();
                job.forEach((name, value) -> fields.put(name.getBytes(), value.getBytes()));
                connection.hashCommands().hMSet(("Job:" + name(i)).getBytes(), fields);
                connection.zSetCommands().zAdd(key, time.apply(i), name(i).getBytes());
                connection.zSetCommands().zAdd(JobIndex.idsKey(name(i)).getBytes(), 0, name(i).getBytes());
                connection
                        .setCommands()
                        .sAdd(JobIndex.TYPES.getBytes(), job.get("type").getBytes());
            }
            return null;
        });
    }
}
