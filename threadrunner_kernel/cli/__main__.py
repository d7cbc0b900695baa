from threadrunner_kernel.cli.entry import main

main()
