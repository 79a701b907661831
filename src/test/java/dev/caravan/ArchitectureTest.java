package dev.caravan;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/**
 * A direct child of {@code dev.caravan} is a module: its root package is its public face, packages below it are its own
 * business. Each module knows what is named here, and nothing else.
 */
@AnalyzeClasses(packages = "dev.caravan", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String JDK = "java..";
    private static final String SPRING = "org.springframework..";
    private static final String CAMEL = "org.apache.camel..";
    private static final String LOG = "org.slf4j..";
    private static final String SERVLET = "jakarta.servlet..";
    private static final String JETTY = "org.eclipse.jetty..";
    private static final String GSON = "com.google.gson..";
    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final String METERS = "io.micrometer.core..";
    private static final String RABBIT = "com.rabbitmq.client..";

    /** Parts of {@code component}: as if each were published on its own, but for what they run on. */
    private static final String BATCH = "dev.caravan.component.batch";

    private static final String WEBSOCKET = "dev.caravan.component.websocket";

    /** The contract of live routes, and how threads are made. */
    private static final String COMPONENT = "dev.caravan.component";

    private static final String RABBITMQ = "dev.caravan.component.rabbitmq";

    private static final String STOMP = "dev.caravan.component.stomp";

    @ArchTest
    static final ArchRule batch = module("component.batch", JDK, LOG, SPRING, CAMEL, METERS, COMPONENT);

    @ArchTest
    static final ArchRule rabbitmq =
            module("component.rabbitmq", JDK, "javax.net..", LOG, SPRING, CAMEL, RABBIT, BATCH, COMPONENT);

    @ArchTest
    static final ArchRule websocket =
            module("component.websocket", JDK, LOG, SPRING, CAMEL, SERVLET, JETTY, METERS, JACKSON, BATCH, COMPONENT);

    @ArchTest
    static final ArchRule stompDestinations =
            module("component.stomp", JDK, LOG, SPRING, CAMEL, RABBIT, METERS, BATCH, RABBITMQ, COMPONENT);

    /** An upgrade of Jetty has one package to look at, and what it may break without notice stands in two classes. */
    @ArchTest
    static final ArchRule jettysWebSocketStaysBehindOneInterface = noClasses()
            .that()
            .resideInAPackage("dev.caravan.component.websocket..")
            .and()
            .resideOutsideOfPackage("dev.caravan.component.websocket.jetty")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(JETTY);

    @ArchTest
    static final ArchRule jettysInternalWebSocketClassesAreKnownToTwo = noClasses()
            .that()
            .haveNameNotMatching("dev\\.caravan\\.component\\.websocket\\.jetty\\.Jetty(Server|Connection)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.jetty.websocket..internal..");

    @ArchTest
    static final ArchRule stomp = module("stomp", JDK);

    @ArchTest
    static final ArchRule http =
            module("http", JDK, LOG, SPRING, CAMEL, SERVLET, JETTY, JACKSON, GSON, BATCH, COMPONENT);

    @ArchTest
    static final ArchRule job = module(
            "job",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            GSON,
            JACKSON,
            "org.snakeyaml.engine..",
            "com.networknt.schema..",
            "net.thisptr.jackson.jq..",
            "io.lettuce..",
            "redis.clients.jedis..",
            "ch.qos.logback..",
            "javax.crypto..",
            "org.apache.hc..",
            BATCH,
            COMPONENT,
            RABBITMQ,
            "dev.caravan.http");

    @ArchTest
    static final ArchRule event =
            module("event", JDK, LOG, SPRING, CAMEL, RABBIT, METERS, COMPONENT, RABBITMQ, "dev.caravan.http");

    @ArchTest
    static final ArchRule chat =
            module("chat", JDK, LOG, SPRING, CAMEL, GSON, METERS, WEBSOCKET, STOMP, "dev.caravan.stomp");

    @ArchTest
    static final ArchRule routes = module(
            "routes",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            JACKSON,
            "org.snakeyaml.engine..",
            METERS,
            "javax.management..",
            "com.sun.management..",
            "javax.xml.stream..",
            "net.thisptr.jackson.jq..",
            "org.HdrHistogram..",
            COMPONENT,
            "dev.caravan.http",
            "dev.caravan.node");

    /** Routes know no jobs, and jobs no routes: this knows both, and nobody knows it. */
    @ArchTest
    static final ArchRule recorder = module(
            "recorder",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            JACKSON,
            METERS,
            "net.thisptr.jackson.jq..",
            COMPONENT,
            "dev.caravan.http",
            "dev.caravan.job..",
            "dev.caravan.routes..");

    @ArchTest
    static final ArchRule security = module(
            "security",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            SERVLET,
            "javax.crypto..",
            "com.github.benmanes.caffeine.cache..",
            "dev.caravan.chat",
            STOMP,
            COMPONENT,
            "dev.caravan.http",
            "dev.caravan.node");

    @ArchTest
    static final ArchRule observability = module(
            "observability",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            SERVLET,
            METERS,
            "io.opentelemetry..",
            GSON,
            "javax.management..",
            "org.jolokia..",
            RABBITMQ,
            "dev.caravan.job",
            "dev.caravan.node",
            "dev.caravan.http",
            "dev.caravan.security");

    @ArchTest
    static final ArchRule node = module(
            "node",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "ch.qos.logback..",
            GSON,
            METERS,
            "org.yaml.snakeyaml..",
            "dev.caravan.http");

    @ArchTest
    static final ArchRule embedded = module(
            "embedded",
            JDK,
            LOG,
            SPRING,
            "org.apache.qpid..",
            "redis.embedded..",
            "com.google.common..",
            RABBITMQ,
            "dev.caravan.node");

    @ArchTest
    static final ArchRule nobodyElseKnowsTheEmbeddedParts = noClasses()
            .that()
            .resideOutsideOfPackage("dev.caravan.embedded")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.qpid..", "redis.embedded..");

    @ArchTest
    static final ArchRule onlyTheEdgesOfJobKnowCamel = noClasses()
            .that()
            .resideInAPackage("dev.caravan.job..")
            .and()
            // JobAttempts: the annotations of its parameters
            .haveNameNotMatching(
                    "dev\\.caravan\\.job\\.(.+\\.)?(JobApi|JobControlApi|TypePausesApi|JobLogApi|ReleaseTrigger|LimitExpressions|BulkSubmissions|HandlerSteps|FailedStep|JobTypes|JobAttempts|JobExpressions|JobFailurePolicies)(\\$.*)?")
            .and()
            .haveNameNotMatching(
                    "dev\\.caravan\\.job\\.(bulk\\.BulkApi|batch\\.BatchApi|dead\\.DeadJobsApi|webhook\\.(HookApi|Webhook(Api|Events)))(\\$.*)?")
            .and()
            .haveNameNotMatching(
                    "dev\\.caravan\\.job\\.schedule\\.Schedule(Api|Component.*|Consumer|Endpoint.*|Headers)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CAMEL);

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.caravan.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule packagesAreNamedForWhatTheyAre =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..misc..");

    @ArchTest
    static final ArchRule classesAreNamedForWhatTheyDo = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveNameMatching(".*(Utils?|Helpers?|Constants)");

    private static ArchRule module(String name, String... known) {
        String itself = "dev.caravan." + name;
        return classes()
                .that()
                .resideInAPackage(itself + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(Stream.concat(Stream.of(known), Stream.of(itself + ".."))
                        .toArray(String[]::new));
    }
}
