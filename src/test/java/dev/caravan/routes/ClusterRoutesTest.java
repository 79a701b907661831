package dev.caravan.routes;

import static dev.caravan.routes.Texts.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.caravan.job.TestRedis;
import dev.caravan.routes.RoutesEditor.Edit;
import dev.caravan.routes.cluster.Draft;
import dev.caravan.routes.cluster.DraftStore;
import dev.caravan.routes.cluster.NodeState;
import dev.caravan.routes.cluster.Publication;
import dev.caravan.routes.cluster.PublicationStore;
import dev.caravan.routes.cluster.PublicationStore.About;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesRejected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/** Nodes of one cluster run the same routes, or begin no work. */
@Timeout(120)
class ClusterRoutesTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String FILE = "jobs/some.camel.yaml";
    private static final String TESTS = "jobs/some.test.yaml";
    private static final String OTHER = "jobs/other.camel.yaml";

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    @TempDir
    private Path folder;

    private final List<Node> nodes = new ArrayList<>();

    /** Of the nodes to come. */
    private boolean approval;

    @AfterEach
    void stop() throws IOException {
        for (Node node : List.copyOf(nodes)) {
            node.stop();
        }
    }

    @Test
    void theFilesOfTheFirstNodeAreTheFirstPublicationAndOthersStartWithThem() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));

        Node two = start("two", Map.of(OTHER, route("other", "its own")));

        assertThat(two.answer("some")).isEqualTo("first");
        assertThat(two.live.routes().files()).containsOnlyKeys(FILE);
        assertThat(two.folder.resolve(OTHER)).doesNotExist();
        assertThat(List.of(one.live.publication(), two.live.publication())).containsOnly(1L);
        await().atMost(SOON).until(() -> one.live.isOpen() && two.live.isOpen());
    }

    @Test
    void anEditReachesAllNodesAndTheirDirectories() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Node two = start("two", Map.of());

        Edit edit = one.editor.save(FILE, bytes(route("some", "second")), false, "ann");

        assertThat(edit.publication()).isEqualTo(2);
        assertThat(edit.change().changed()).containsExactly("some");
        assertThat(edit.nodes()).extracting(NodeState::name).containsExactly("one", "two");
        assertThat(edit.nodes()).extracting(NodeState::runs).containsOnly(2L);
        for (Node node : nodes) {
            assertThat(node.answer("some")).isEqualTo("second");
            assertThat(node.folder.resolve(FILE)).hasContent(route("some", "second"));
        }
        assertThat(two.live.publications().all())
                .extracting(About::number, About::by)
                .containsExactly(tuple(2L, "ann"), tuple(1L, "one"));
        assertThat(two.live.history().of(FILE).get(0).by()).isEqualTo("ann");
    }

    @Test
    void ofAWholePublicationTheOtherFilesGoAndARollbackBringsThemBack() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first"), OTHER, route("other", "other")));
        Node two = start("two", Map.of());

        one.editor.publish(Map.of(FILE, route("some", "second")), true, 1, false, "tidy up", "ann");

        assertThat(two.live.routes().running()).containsOnlyKeys("some");
        assertThat(two.folder.resolve(OTHER)).doesNotExist();
        assertThat(one.live.publications().read(2).why()).isEqualTo("tidy up");

        two.editor.rollBack(1, "", "bob");

        assertThat(one.answer("some")).isEqualTo("first");
        assertThat(one.answer("other")).isEqualTo("other");
        assertThat(one.live.publication()).isEqualTo(3);
    }

    @Test
    void testsArePublishedWithTheirRoutesAndRunBefore() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first"), TESTS, leaves("first")));
        Node two = start("two", Map.of());
        assertThat(two.folder.resolve(TESTS)).hasContent(leaves("first"));

        Map<String, String> second = Map.of(FILE, route("some", "second"));
        assertThatThrownBy(() -> one.editor.publish(second, false, 0, false, "", "ann"))
                .isInstanceOf(RedTests.class);
        assertThatThrownBy(() -> one.editor.save(FILE, bytes(route("some", "second")), false, "ann"))
                .isInstanceOf(RedTests.class);
        assertThatThrownBy(() -> one.editor.publish(Map.of(TESTS, leaves("second")), false, 0, false, "", "ann"))
                .isInstanceOf(RedTests.class);
        assertThat(two.answer("some")).isEqualTo("first");

        one.editor.publish(second, false, 0, true, "", "ann");
        assertThat(two.answer("some")).isEqualTo("second");
        assertThat(one.live.publications().all().get(0).by()).isEqualTo("ann, forced");

        one.editor.publish(Map.of(TESTS, leaves("second")), false, 0, false, "", "ann");
        assertThat(two.folder.resolve(TESTS)).hasContent(leaves("second"));
        one.editor.publish(Map.of(FILE, route("some", "second")), true, 0, false, "", "ann");
        assertThat(two.folder.resolve(TESTS)).doesNotExist();
    }

    /** Whoever changes what a route does writes the tests first. */
    @Test
    void testsAreSavedOnAllNodesRedOrNot() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Node two = start("two", Map.of());

        RoutesEditor.Edit edit = one.editor.save(TESTS, bytes(leaves("second")), false, "ann");

        assertThat(edit.publication()).isEqualTo(2);
        assertThat(two.folder.resolve(TESTS)).hasContent(leaves("second"));
        assertThat(two.editor.tests(TESTS)).isEqualTo(leaves("second"));
        assertThat(two.answer("some")).isEqualTo("first");
        assertThatThrownBy(() -> two.editor.save(FILE, bytes(route("some", "third")), false, "ann"))
                .isInstanceOf(RedTests.class);
        two.editor.save(FILE, bytes(route("some", "second")), false, "ann");
        assertThat(one.answer("some")).isEqualTo("second");
    }

    @Test
    void testsOfAFileThatIsNotThereAreRejected() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));

        RoutesRejected rejected = catchThrowableOfType(
                RoutesRejected.class,
                () -> one.editor.publish(Map.of("jobs/none.test.yaml", leaves("x")), false, 0, true, "", "ann"));

        assertThat(rejected.problems())
                .singleElement()
                .extracting(RouteProblem::reason)
                .asString()
                .contains("jobs/none.camel.yaml, which is not among the files");
    }

    @Test
    void aDraftIsPublishedOnceAndIsGone() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first"), OTHER, route("other", "other")));
        Map<String, String> files = new HashMap<>();
        files.put(FILE, route("some", "second"));
        files.put(OTHER, null);

        Draft draft = one.editor.store("tidy-up", files, false, 1, "tidy up", "ann", "ann over REST");

        assertThat(one.answer("some")).isEqualTo("first");
        assertThat(one.live.drafts().read("tidy-up")).isEqualTo(draft);
        assertThat(one.live.drafts().all())
                .extracting(Draft.About::name, Draft.About::user, Draft.About::files)
                .containsExactly(tuple("tidy-up", "ann", List.of(OTHER, FILE)));
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> one.editor.publish("tidy-up", "another", false, "ann", "ann"))
                .satisfies(late -> assertThat(late.getStatusCode()).isEqualTo(HttpStatus.CONFLICT));

        one.editor.publish("tidy-up", draft.revision(), false, "ann", "ann");

        assertThat(one.live.routes().running()).containsOnlyKeys("some");
        assertThat(one.answer("some")).isEqualTo("second");
        assertThat(one.live.drafts().all()).isEmpty();
        assertThat(one.live.publications().read(2).why()).isEqualTo("tidy up");
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> one.editor.discard("tidy-up", "ann"))
                .satisfies(gone -> assertThat(gone.getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND));
    }

    @Test
    void aRejectedDraftStays() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Draft draft = one.editor.store("broken", Map.of(FILE, "- no route"), false, 0, "", "ann", "ann");

        assertThatThrownBy(() -> one.editor.publish("broken", draft.revision(), false, "ann", "ann"))
                .isInstanceOf(RoutesRejected.class);

        assertThat(one.live.drafts().all()).hasSize(1);
        assertThat(one.live.publications().current()).isEqualTo(1);
    }

    @Test
    void whereEditsNeedAnApprovalAnotherUserPublishesThem() throws Exception {
        approval = true;
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Map<String, String> files = Map.of(FILE, route("some", "second"));

        assertForbidden(() -> one.editor.save(FILE, bytes(route("some", "second")), false, "ann"));
        assertForbidden(() -> one.editor.save(TESTS, bytes(leaves("second")), false, "ann"));
        assertForbidden(() -> one.editor.publish(files, false, 0, true, "", "ann"));
        Draft first = one.editor.store("mine", files, false, 0, "", "bob", "bob");
        Draft draft = one.editor.store("mine", files, false, 0, "", "ann", "ann over REST");
        assertThat(draft.revision()).as("of another author").isNotEqualTo(first.revision());
        assertForbidden(() -> one.editor.publish("mine", draft.revision(), false, "ann", "ann"));
        assertForbidden(() -> one.editor.publish("mine", draft.revision(), false, null, "REST"));
        assertThat(one.answer("some")).isEqualTo("first");

        one.editor.publish("mine", draft.revision(), false, "bob", "bob over REST");

        assertThat(one.answer("some")).isEqualTo("second");
        assertThat(one.live.publications().all().get(0).by()).isEqualTo("bob over REST, draft of ann over REST");
        one.editor.rollBack(1, "", "ann");
        assertThat(one.answer("some")).isEqualTo("first");
    }

    private static void assertForbidden(ThrowingCallable edit) {
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(edit)
                .satisfies(refused -> assertThat(refused.getStatusCode()).isEqualTo(HttpStatus.FORBIDDEN));
    }

    @Test
    void thereIsAnEndToDrafts() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        DraftStore store = new DraftStore(REDIS.template());
        for (int i = 0; i < DraftStore.MAX; i++) {
            store.put(Draft.of("d" + i, "ann", "ann", "", 0, false, Map.of()));
        }

        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> one.editor.store("more", Map.of(), false, 0, "", "ann", "ann"))
                .satisfies(full -> assertThat(full.getStatusCode()).isEqualTo(HttpStatus.CONFLICT));
        one.editor.store("d7", Map.of(), false, 0, "", "ann", "ann");
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> one.editor.store("d7", Map.of(FILE, "x".repeat(1 << 21)), false, 0, "", "a", "a"))
                .satisfies(large -> assertThat(large.getStatusCode()).isEqualTo(HttpStatus.PAYLOAD_TOO_LARGE));
        assertThat(store.remove("d7", "another revision")).isFalse();
        assertThat(store.remove("d7")).isTrue();
    }

    @Test
    void whatOneNodeRejectsIsPublishedOnNone() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Node two = start("two", Map.of());
        two.inJava("taken");

        RoutesRejected rejected = catchThrowableOfType(
                RoutesRejected.class, () -> one.editor.save(OTHER, bytes(route("taken", "x")), false, "ann"));

        assertThat(rejected.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.file()).isEqualTo(OTHER);
            assertThat(problem.reason())
                    .contains("there is a route of this id already")
                    .endsWith(" (on two)");
        });
        assertThat(one.live.routes().running()).containsOnlyKeys("some");
        assertThat(one.live.publications().current()).isEqualTo(1);
        assertThat(one.live.publications().read(2)).isNull();

        assertThat(one.editor
                        .save(FILE, bytes(route("some", "second")), false, "ann")
                        .publication())
                .isGreaterThan(1);
        assertThat(two.answer("some")).isEqualTo("second");
    }

    @Test
    void aRejectedTextIsPublishedNowhere() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));

        RoutesRejected rejected = catchThrowableOfType(
                RoutesRejected.class, () -> one.editor.save(FILE, new byte[] {'a', (byte) 0xff}, false, "ann"));

        assertThat(rejected.problems()).extracting(RouteProblem::file).containsExactly(FILE);
        assertThat(one.live.publications().last()).isEqualTo(1);
    }

    @Test
    void twoPublicationsAtATimeDoNotMix() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        PublicationStore store = one.live.publications();
        Publication abandoned = new Publication(2, 1, "gone", "", Instant.now(), Map.of(FILE, route("some", "lost")));
        store.prepare(abandoned, Duration.ofSeconds(2));

        ResponseStatusException busy = catchThrowableOfType(
                ResponseStatusException.class,
                () -> one.editor.save(FILE, bytes(route("some", "second")), false, "ann"));
        assertThat(busy.getStatusCode()).isEqualTo(HttpStatus.CONFLICT);

        // Its publisher is gone: it ends by itself.
        await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> one.editor.save(FILE, bytes(route("some", "second")), false, "ann") != null);
        assertThat(one.answer("some")).isEqualTo("second");
        assertThat(store.commit(2)).as("too late").isFalse();
        assertThat(store.all()).extracting(About::by).doesNotContain("gone");
        assertThat(store.read(2)).isNull();
    }

    @Test
    void whoHasNotSeenTheCurrentPublicationChangesNothing() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        one.editor.save(FILE, bytes(route("some", "second")), false, "ann");

        ResponseStatusException late = catchThrowableOfType(
                ResponseStatusException.class,
                () -> one.editor.publish(Map.of(FILE, route("some", "third")), false, 1, false, "", "bob"));

        assertThat(late.getStatusCode()).isEqualTo(HttpStatus.CONFLICT);
        assertThat(one.answer("some")).isEqualTo("second");
    }

    @Test
    void aNodeThatWasAwayBeginsNoWorkUntilItRunsWhatIsCurrent() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Node two = start("two", Map.of());
        two.stop();
        one.editor.save(FILE, bytes(route("some", "second")), false, "ann");
        assertThat(two.folder.resolve(FILE)).hasContent(route("some", "first"));

        Node again = start("two", Map.of());

        assertThat(again.answer("some")).isEqualTo("second");
    }

    @Test
    void aNodeThatCannotRunTheCurrentPublicationBeginsNoWorkAndSaysWhy() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        Publication broken = new Publication(2, 1, "ann", "", Instant.now(), Map.of(FILE, "- no route"));
        one.live.publications().prepare(broken, Duration.ofSeconds(10));
        one.live.publications().commit(2);

        await().atMost(SOON).until(() -> !one.live.isOpen());
        await().atMost(SOON).until(() -> !one.live.problems().isEmpty());

        assertThat(one.answer("some")).isEqualTo("first");
        assertThat(one.live.problems()).extracting(RouteProblem::file).containsExactly(FILE);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(one.live.publications().nodes())
                        .singleElement()
                        .satisfies(node -> assertThat(node.failed()).isNotEmpty()));
        Node two = start("two", Map.of());
        assertThat(two.live.isOpen()).isFalse();

        one.editor.save(FILE, bytes(route("some", "third")), false, "ann");

        await().atMost(SOON).until(() -> one.live.isOpen() && two.live.isOpen());
        assertThat(two.answer("some")).isEqualTo("third");
        assertThat(one.live.problems()).isEmpty();
    }

    @Test
    void withoutRedisANodeStartsWithWhatItRanLastAndBeginsNoWork() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        one.editor.save(FILE, bytes(route("some", "second")), false, "ann");
        one.stop();
        REDIS.stop();
        try {
            Node again = start("one", Map.of());

            assertThat(again.answer("some")).isEqualTo("second");
            assertThat(again.live.isOpen()).isFalse();

            REDIS.start(); // empty: the routes of the node are the current ones again
            await().atMost(SOON).until(again.live::isOpen);
            assertThat(again.live.publications().current()).isEqualTo(2);
            assertThat(again.live.publications().read(2).files()).containsOnlyKeys(FILE);
            assertThat(again.editor
                            .save(FILE, bytes(route("some", "third")), false, "ann")
                            .publication())
                    .isEqualTo(3);
        } finally {
            REDIS.stop();
            REDIS.start();
        }
    }

    @Test
    void aNodeThatCannotReachRedisBeginsNoWork() throws Exception {
        Node one = start("one", Map.of(FILE, route("some", "first")));
        await().atMost(SOON).until(one.live::isOpen);
        REDIS.stop();
        try {
            await().atMost(SOON).until(() -> !one.live.isOpen());
        } finally {
            REDIS.start();
        }
        await().atMost(SOON).until(one.live::isOpen);
    }

    /** Tests of a file, green if its route leaves this. */
    private static String leaves(String result) {
        return "- name: leaves\n  payload: null\n  result: " + result + "\n";
    }

    /** For a context without the failure policies of Caravan. */
    private static String route(String id, String answer) {
        return Texts.route(id, answer).replace("routeConfigurationId", "group");
    }

    private Node start(String name, Map<String, String> files) throws Exception {
        Node node = new Node(name, files);
        nodes.add(node);
        return node;
    }

    private final class Node {
        private final GenericApplicationContext application = new GenericApplicationContext();
        private final DefaultCamelContext camel = new DefaultCamelContext();
        private final Path folder;
        private final RoutesConfiguration live;
        private final RoutesEditor editor;

        Node(String name, Map<String, String> files) throws Exception {
            folder = ClusterRoutesTest.this.folder.resolve(name);
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            Properties properties = new Properties();
            properties.put("caravan.node", name);
            properties.put("caravan.instance", name + "-" + System.nanoTime());
            camel.getPropertiesComponent().setInitialProperties(properties);
            application.registerBean(StringRedisTemplate.class, REDIS::template);
            application.refresh();
            RoutesSettings settings = Texts.ofCluster(folder, approval);
            live = new RoutesConfiguration(application, settings, Texts.withoutEngine(), Texts.trialSettings());
            live.beforeApplicationStart(camel);
            camel.start();
            editor = new RoutesEditor(live, settings);
        }

        String answer(String route) {
            return camel.createProducerTemplate().requestBody("direct:" + route, null, String.class);
        }

        void inJava(String id) throws Exception {
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:java-" + id).routeId(id).log("x");
                }
            });
        }

        void stop() throws IOException {
            nodes.remove(this);
            live.destroy();
            camel.close();
            application.close();
        }
    }
}
