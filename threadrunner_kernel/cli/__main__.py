from threadrunner_kernel.cli.main import main

main()
