// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IStaking, Unstake} from "./IStaking.sol";
import {PrivToken} from "./PrivToken.sol";
import {Sig, Signed} from "./Signed.sol";

/// @title Staking
/// @dev PRIV has no hooks, so state before transfer is guard enough against reentry: each function has written all it
/// changes before it calls the token. PRIV sent here by a plain transfer belongs to nobody's stake and is lost.
contract Staking is IStaking, EIP712 {
    using SafeERC20 for IERC20;
    using Signed for address;

    /// @dev One storage slot.
    struct Cooldown {
        uint192 amount;
        uint64 releaseAt;
    }

    /// @notice Time from a request to its withdrawal.
    uint256 public constant COOLDOWN = 7 days;

    bytes32 private constant STAKE_TYPEHASH =
        keccak256("Stake(address account,uint256 amount,uint256 validBefore,bytes32 salt)");
    bytes32 private constant UNSTAKE_TYPEHASH = keccak256("Unstake(address account,uint256 amount,uint256 nonce)");

    /// @notice The token that is staked.
    PrivToken public immutable TOKEN;

    /// @inheritdoc IStaking
    mapping(address account => uint256) public stakeOf;
    /// @inheritdoc IStaking
    mapping(address account => Cooldown) public cooldowns;
    /// @inheritdoc IStaking
    mapping(address account => uint256) public nonces;

    constructor(PrivToken token) EIP712("privd Staking", "1") {
        if (address(token) == address(0)) revert ZeroToken();
        TOKEN = token;
    }

    /// @inheritdoc IStaking
    function stakeWithAuthorization(
        address account,
        uint256 amount,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (amount == 0) revert ZeroAmount();

        // Booked before it is paid: when the token refuses, all of it is undone.
        uint256 stake = stakeOf[account] + amount;
        stakeOf[account] = stake;
        emit Staked(account, amount, stake);
        bytes32 nonce = stakeNonce(account, amount, validBefore, salt);
        TOKEN.receiveWithAuthorization(account, address(this), amount, 0, validBefore, nonce, v, r, s);
    }

    /// @inheritdoc IStaking
    function requestUnstake(Unstake calldata request, Sig calldata sig) external {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(UNSTAKE_TYPEHASH, request)));
        if (!request.account.by(digest, sig)) revert BadUnstakeSignature();
        if (request.nonce != nonces[request.account]) revert WrongNonce(request.nonce, nonces[request.account]);
        if (request.amount == 0) revert ZeroAmount();
        uint256 stake = stakeOf[request.account];
        if (request.amount > stake) revert InsufficientStake(request.account, stake, request.amount);

        stake -= request.amount;
        uint64 releaseAt = uint64(block.timestamp + COOLDOWN);
        Cooldown storage cooling = cooldowns[request.account];
        ++nonces[request.account];
        stakeOf[request.account] = stake;
        // The cast holds: the amount is PRIV that is here, and the supply is checked at deployment to be below 2^128.
        // One time for all of it: an amount that is in cooldown already waits again, the price of one slot per account.
        cooling.amount += uint192(request.amount);
        cooling.releaseAt = releaseAt;
        emit UnstakeRequested(request.account, request.amount, stake, releaseAt);
    }

    /// @inheritdoc IStaking
    function withdraw(address account) external {
        Cooldown memory cooling = cooldowns[account];
        if (cooling.amount == 0) revert NothingToWithdraw(account);
        if (block.timestamp < cooling.releaseAt) revert TooEarly(cooling.releaseAt);

        delete cooldowns[account];
        emit Withdrawn(account, cooling.amount);
        IERC20(address(TOKEN)).safeTransfer(account, cooling.amount);
    }

    /// @inheritdoc IStaking
    function stakeNonce(address account, uint256 amount, uint256 validBefore, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(STAKE_TYPEHASH, account, amount, validBefore, salt)));
    }
}
