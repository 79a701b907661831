package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.files.PackagedRoutes;
import dev.caravan.routes.files.RouteFileReader;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import dev.caravan.routes.trial.RouteTestResult;
import dev.caravan.routes.trial.RouteTests;
import dev.caravan.routes.trial.TrialSettings;
import dev.caravan.routes.trial.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.util.StringUtils;

/**
 * Checks a whole directory of route files in the application that would run them, with its beans, settings and routes in
 * Java, but of which nothing starts: no server, no connection, no route. It gets as far as the Camel context that is
 * about to start, and ends there; the tests beside the files run in contexts of their own.
 */
final class RouteValidator implements CamelContextConfiguration {
    /** With a broker and a Redis named, no embedded ones are started. Nothing connects to them. */
    private static final Map<String, Object> DEFAULTS =
            Map.of("spring.rabbitmq.addresses", "localhost", "spring.data.redis.host", "localhost");

    private final ConfigurableApplicationContext application;
    private final Path directory;
    private Report report;
    private Exception failure;

    /**
     * @param files how many a node with this directory would run, Caravan's own among them; 0 if the directory has none
     * @param routes how many they hold; 0 if there are problems
     * @param problems what would be rejected; empty if nothing would
     * @param notices files that would be ignored
     * @param tests how those went that lie beside the files; empty if there are problems
     */
    record Report(
            int files,
            int routes,
            List<RouteProblem> problems,
            List<RouteProblem> notices,
            List<RouteTestResult> tests) {
        Report(int files, List<RouteProblem> problems, List<RouteProblem> notices) {
            this(files, 0, problems, notices, List.of());
        }
    }

    /** How long the tests of one file may take, which nobody waits for. */
    private static final Duration TESTS = Duration.ofHours(1);

    private RouteValidator(ConfigurableApplicationContext application, Path directory) {
        this.application = application;
        this.directory = directory;
    }

    /**
     * @param application the class that a node is started with
     * @param settings as a node takes them, {@code --name=value}
     * @throws Exception if the check could not be made
     */
    static Report run(Class<?> application, Path directory, String... settings) throws Exception {
        RouteValidator[] validators = new RouteValidator[1];
        SpringApplication spring = new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .registerShutdownHook(false)
                .properties(DEFAULTS)
                .initializers(context -> validators[0] = prepare((GenericApplicationContext) context, directory))
                .build();
        try {
            spring.run(StringUtils.addStringToArray(settings, "--logging.level.root=off"));
        } catch (RuntimeException e) {
            if (validators[0] == null || validators[0].report == null && validators[0].failure == null) {
                throw e;
            }
        }
        if (validators[0].failure != null) {
            throw validators[0].failure;
        }
        return validators[0].report;
    }

    private static RouteValidator prepare(GenericApplicationContext context, Path directory) {
        RouteValidator validator = new RouteValidator(context, directory);
        // Spring Boot's own lazy initialization leaves out those that start once all beans are there: ours connect.
        context.addBeanFactoryPostProcessor(beans -> {
            for (String name : beans.getBeanDefinitionNames()) {
                beans.getBeanDefinition(name).setLazyInit(true);
            }
        });
        // Known before all others, it is asked before the one that would load the routes of a node.
        context.registerBean(RouteValidator.class, () -> validator);
        return validator;
    }

    @Override
    public void beforeApplicationStart(CamelContext context) {
        try {
            report = check(context);
        } catch (Exception e) {
            failure = e;
        }
        throw new SpringApplication.AbandonedRunException(application);
    }

    private Report check(CamelContext context) throws IOException, InterruptedException {
        PackagedRoutes packaged = application.getBean(PackagedRoutes.class);
        RoutesSettings settings = application.getBean(RoutesSettings.class);
        RoutesDirectory place = new RoutesDirectory(
                directory, settings.maxFileSize().toBytes(), settings.maxFiles(), packaged.required());
        Map<String, byte[]> files = place.read();
        if (place.held().isEmpty()) {
            return new Report(0, List.of(), place.notices());
        }
        LiveRoutes routes = new LiveRoutes(
                context,
                application,
                settings,
                new RouteDrain(context, new ReplacementShutdownStrategy(context, () -> {}), settings.drain()),
                new RoutesHistory(null, settings.history()),
                packaged.all(),
                packaged.required());
        try {
            int added = routes.checkWhole(files).added().size();
            return new Report(files.size(), added, List.of(), place.notices(), test(context, place, files));
        } catch (RoutesRejected e) {
            return new Report(files.size(), e.problems(), place.notices());
        }
    }

    /** @throws RoutesRejected with everything that is wrong with the files of the tests */
    private List<RouteTestResult> test(CamelContext context, RoutesDirectory place, Map<String, byte[]> files)
            throws IOException, RoutesRejected, InterruptedException {
        RoutesSettings settings = application.getBean(RoutesSettings.class);
        AllowedClasses allowed = new AllowedClasses(settings.allowedClasses());
        long maxSize = settings.maxFileSize().toBytes();
        RouteFileReader reader = new RouteFileReader(maxSize, allowed, context::resolvePropertyPlaceholders);
        Trials trials = new Trials(context, application, allowed, application.getBean(TrialSettings.class));
        RouteTests tests = new RouteTests(trials, maxSize);
        List<RouteTestResult> results = new ArrayList<>();
        List<RouteProblem> problems = new ArrayList<>();
        for (Map.Entry<String, byte[]> test : place.readTests().entrySet()) {
            String name = RoutesDirectory.routesOf(test.getKey());
            try {
                if (files.containsKey(name)) {
                    results.addAll(
                            tests.run(reader.read(name, files.get(name)), test.getKey(), test.getValue(), TESTS));
                } else {
                    problems.add(RouteProblem.of(test.getKey(), "has tests for " + name + ", which is not there"));
                }
            } catch (RoutesRejected e) {
                String text = new String(test.getValue(), UTF_8);
                e.problems().forEach(problem -> problems.add(problem.excerptFrom(text)));
            }
        }
        if (!problems.isEmpty()) {
            throw new RoutesRejected(problems);
        }
        return results;
    }

    @Override
    public void afterApplicationStart(CamelContext context) {
        throw new IllegalStateException("Nothing was to be started");
    }
}
