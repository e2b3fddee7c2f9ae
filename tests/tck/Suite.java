import java.io.FileReader;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.eclipse.dataspacetck.core.system.ConsoleMonitor;
import org.eclipse.dataspacetck.runtime.ConsoleResultWriter;
import org.eclipse.dataspacetck.runtime.TckRuntime;

/** Runs tests of a kit with the kit's own runtime; dsp.toml and dcp.toml say why this is here. */
final class Suite {

    private static final String LAUNCHER = "org.eclipse.dataspacetck.dsp.system.DspSystemLauncher";
    private static final String PACKAGE = "org.eclipse.dataspacetck.dsp.verification";

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2 || !arguments[0].equals("-config")) {
            throw new IllegalArgumentException("expected: -config FILE");
        }
        var read = new Properties();
        try (var file = new FileReader(arguments[1])) {
            read.load(file);
        }
        Map<String, String> properties = new HashMap<>();
        read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
        properties.putIfAbsent("dataspacetck.launcher", LAUNCHER);
        properties.putIfAbsent("dataspacetck.test.package", PACKAGE);
        var debug = Boolean.parseBoolean(properties.get("dataspacetck.debug"));
        var monitor = new ConsoleMonitor(debug, false);
        var builder = TckRuntime.Builder.newInstance().properties(properties).monitor(monitor);
        for (var name : properties.get("dataspacetck.test.package").split(",")) {
            builder.addPackage(name);
        }
        var summary = builder.build().execute();
        new ConsoleResultWriter(monitor).output(summary);
        monitor.message("Test run complete");
        System.exit(0);
    }
}
