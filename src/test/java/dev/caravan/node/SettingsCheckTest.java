package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.type.filter.AnnotationTypeFilter;

class SettingsCheckTest {
    @TempDir
    private Path folder;

    /** Nothing but this: no variables and properties of the machine. */
    private static StandardEnvironment with(PropertySource<?> source) {
        StandardEnvironment environment = new StandardEnvironment();
        List<String> names = environment.getPropertySources().stream()
                .map(PropertySource::getName)
                .toList();
        names.forEach(environment.getPropertySources()::remove);
        environment.getPropertySources().addFirst(source);
        ConfigurationPropertySources.attach(environment);
        return environment;
    }

    private static void check(String... args) {
        SettingsCheck.check(with(new SimpleCommandLinePropertySource(args)));
    }

    private static void checkVariable(String name) {
        SettingsCheck.check(with(new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new HashMap<>(Map.of(name, "1")))));
    }

    @ParameterizedTest
    @CsvSource({
        "caravan.jobs.atempts, caravan.jobs.attempts",
        "caravan.job.attempts, caravan.jobs.attempts",
        "caravan.rols, caravan.roles",
        "caravan.users[0].pasword, caravan.users.password",
        "caravan.security.hots[1], caravan.security.hosts",
        "caravan.security.allowinsecur, caravan.security.allow-insecure",
        "caravan.routes.dir, caravan.routes.drain"
    })
    void namesTheNearest(String name, String nearest) {
        assertThatThrownBy(() -> check("--" + name + "=1"))
                .isInstanceOf(StartRefused.class)
                .hasMessage("There is no setting " + name + " (command line). Did you mean " + nearest + "?");
    }

    @Test
    void namesNothingWhereNothingIsNear() {
        assertThatThrownBy(() -> check("--caravan.teleporter.destination=mars"))
                .hasMessage("There is no setting caravan.teleporter.destination (command line)."
                        + " docs/reference/settings.md lists all settings.");
    }

    @Test
    void namesAllOfThem() {
        assertThatThrownBy(() -> check("--caravan.jobs.atempts=1", "--caravan.chat.rat=2", "--caravan.roles=api"))
                .hasMessageContainingAll("caravan.jobs.attempts?", "caravan.chat.rate?")
                .hasMessageNotContaining("setting caravan.roles");
    }

    @Test
    void namesFileAndLine() throws IOException {
        Path file = Files.writeString(folder.resolve("application.yaml"), "caravan:\n  jobs:\n    atempts: 4\n");
        PropertySource<?> source = new YamlPropertySourceLoader()
                .load("Config resource", new FileSystemResource(file))
                .get(0);
        assertThatThrownBy(() -> SettingsCheck.check(with(source))).hasMessageContaining("(" + file + ", line 3)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--caravan.jobs.attempts=4",
                "--caravan.jobs.maxPayload=1MB",
                "--caravan.jobs.max_payload=1MB",
                "--caravan.roles[0]=api",
                "--caravan.users[0].name=ada",
                "--caravan.users[0].roles[1]=admin",
                "--caravan.security.access[3].methods[0]=GET",
                "--caravan.security.rooms[0].room=ops-*",
                "--caravan.node=n",
                "--caravanserai.x=1",
                "--spring.application.name=x"
            })
    void letsPassWhatThereIs(String arg) {
        assertThatCode(() -> check(arg)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "CARAVAN_JOBS_ATEMPTS, caravan.jobs.attempts",
        "CARAVAN_ROLE, caravan.roles",
        "CARAVAN_USERS_0_PASWORD, caravan.users.password",
        "CARAVAN_JOBS_MAX_PAYLOADS, caravan.jobs.max-payload"
    })
    void refusesAVariableThatIsNearlyASetting(String name, String nearest) {
        assertThatThrownBy(() -> checkVariable(name))
                .hasMessageContaining("(environment variable " + name + "). Did you mean " + nearest + "?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CARAVAN_JOBS_ATTEMPTS",
                "CARAVAN_JOBS_MAX_PAYLOAD",
                "CARAVAN_JOBS_MAXPAYLOAD",
                "CARAVAN_USERS_0_NAME",
                "CARAVAN_USERS_1_ROLES",
                "CARAVAN_SECURITY_HOSTS_0",
                // a launcher's, and what Kubernetes sets for services of these names
                "CARAVAN_HOME",
                "CARAVAN_JAR",
                "CARAVAN_OPTS",
                "CARAVAN_PORT",
                "CARAVAN_PORT_8080_TCP_ADDR",
                "CARAVAN_SERVICE_HOST",
                "CARAVAN_API_SERVICE_PORT_HTTP",
                "CARAVAN_EVENTS_PORT",
                "CARAVAN_CHAT_PORT_8080_TCP_PROTO"
            })
    void letsVariablesOfOthersPass(String name) {
        assertThatCode(() -> checkVariable(name)).doesNotThrowAnyException();
    }

    @Test
    void refusesAProfileThatNothingBelongsTo() {
        StandardEnvironment environment = with(new MapPropertySource("none", Map.of()));
        environment.setActiveProfiles("prodution");
        assertThatThrownBy(() -> SettingsCheck.check(environment))
                .hasMessage("There is no profile prodution: Caravan has embedded and production, and no"
                        + " application-prodution.yaml was found.");
        environment.setActiveProfiles("production", "embedded");
        assertThatCode(() -> SettingsCheck.check(environment)).doesNotThrowAnyException();
    }

    @Test
    void takesAProfileThatHasAFileOrAPart() {
        StandardEnvironment file =
                with(new MapPropertySource("Config resource 'file [application-stage.yaml]'", Map.of()));
        file.setActiveProfiles("stage");
        assertThatCode(() -> SettingsCheck.check(file)).doesNotThrowAnyException();
        StandardEnvironment part =
                with(new MapPropertySource("part", Map.of("spring.config.activate.on-profile", "stage | test")));
        part.setActiveProfiles("stage");
        assertThatCode(() -> SettingsCheck.check(part)).doesNotThrowAnyException();
    }

    @Test
    void refusesADirectoryOfRoutesThatIsNotThere() {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> check("--caravan.routes.directory=" + none))
                .hasMessageContainingAll("caravan.routes.directory", "there is no directory " + none, "--unpack");
        assertThatCode(() -> check("--caravan.routes.directory=" + folder)).doesNotThrowAnyException();
        assertThatCode(() -> check("--caravan.routes.directory=")).doesNotThrowAnyException();
    }

    /** Else the check would refuse a setting that is read. */
    @Test
    void knowsEverySettingThatIsRead() throws Exception {
        Set<String> read = new TreeSet<>(records());
        read.addAll(
                named("src/main/java", "\\$\\{(caravan\\.[a-z0-9.-]+)|[pP]roperty\\(\"(caravan\\.[a-z0-9.-]+\\w)\""));
        read.addAll(named("src/main/resources/routes", "(?:\\{\\{|:)(caravan\\.[a-z0-9.-]+)"));
        read.removeIf(name -> !name.startsWith("caravan.")); // no other names are checked
        assertThat(read).hasSizeGreaterThan(70).contains("caravan.users.password", "caravan.jobs.due-period");
        assertThat(read.stream().filter(name -> !DefaultSettings.names().contains(ConfigurationPropertyName.of(name))))
                .isEmpty();
    }

    private static List<String> records() throws ClassNotFoundException {
        ClassPathScanningCandidateComponentProvider scanner = new ClassPathScanningCandidateComponentProvider(false);
        scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
        List<String> names = new ArrayList<>();
        for (var found : scanner.findCandidateComponents("dev.caravan")) {
            Class<?> type = Class.forName(found.getBeanClassName());
            String prefix = type.getAnnotation(ConfigurationProperties.class).value();
            components(type, prefix, names);
        }
        return names;
    }

    private static void components(Class<?> type, String prefix, List<String> names) {
        for (var component : type.getRecordComponents()) {
            String name = prefix + "."
                    + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
            names.add(name);
            Matcher element = Pattern.compile("<(dev\\.caravan\\.[\\w.$]+)>")
                    .matcher(component.getGenericType().getTypeName());
            if (element.find()) {
                try {
                    Class<?> inner = Class.forName(element.group(1));
                    if (inner.isRecord()) {
                        components(inner, name, names);
                    }
                } catch (ClassNotFoundException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private static Set<String> named(String directory, String pattern) throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of(directory))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Pattern.compile(pattern)
                        .matcher(Files.readString(file))
                        .results()
                        .forEach(found -> names.add(found.group(1) != null ? found.group(1) : found.group(2)));
            }
        }
        return names;
    }
}
