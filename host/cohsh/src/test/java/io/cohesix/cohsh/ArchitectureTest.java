// The shell depends on the core and on libraries, never on another tool; help loads nothing heavy.
package io.cohesix.cohsh;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final JavaClasses SHELL =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.cohesix.cohsh");

  @Test
  void theShellDependsOnTheCoreOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "org.jspecify..", "picocli..", "org.jline..", "io.cohesix.core..", "io.cohesix.cohsh..")
        .check(SHELL);
  }

  @Test
  void theCommandLineLoadsNoTerminalNoCryptographyAndNoConnection() {
    noClasses()
        .that()
        .haveNameMatching("io\\.cohesix\\.cohsh\\.(Options.*|Main)")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jline..", "io.cohesix.core.console..", "io.cohesix.core.ticket..", "io.cohesix.core.policy..")
        .check(SHELL);
  }
}
