/*
 * mpi D ROUNDS, under mpirun -np W+1: what a round costs with MPI.  Rank 0 sends
 * z, D numbers, to all (MPI_Bcast), and all their numbers are summed at rank 0
 * (MPI_Reduce).  Rank 0 prints the median milliseconds of a round.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

#define WARMUP 3u

int
main(int argc, char **argv)
{
	double *x, *z, *times, start;
	size_t d, rounds;
	int rank;

	MPI_Init(&argc, &argv);
	if (argc != 3) {
		fprintf(stderr, "usage: mpi D ROUNDS\n");
		MPI_Abort(MPI_COMM_WORLD, 2);
	}
	d = bench_number(argv[1], 1, 100000000);
	rounds = bench_number(argv[2], 1, 100000);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	x = calloc(d, sizeof(*x));
	z = calloc(d, sizeof(*z));
	times = calloc(rounds + WARMUP, sizeof(*times));
	if (x == NULL || z == NULL || times == NULL)
		MPI_Abort(MPI_COMM_WORLD, 1);
	for (size_t j = 0; rank != 0 && j < d; j++)
		x[j] = (double)j;
	MPI_Barrier(MPI_COMM_WORLD);
	for (size_t k = 0; k < rounds + WARMUP; k++) {
		start = bench_now();
		MPI_Bcast(z, (int)d, MPI_DOUBLE, 0, MPI_COMM_WORLD);
		MPI_Reduce(x, z, (int)d, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
		times[k] = bench_now() - start;
	}
	if (rank == 0)
		printf("%.4f\n", 1e3 * bench_median(times + WARMUP, rounds));
	free(x);
	free(z);
	free(times);
	MPI_Finalize();
	return (0);
}
